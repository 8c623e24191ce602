using SkiaSharp;

namespace Belong.ConsentService.Dev.Watching;

/// <summary>Colours as Grafana names them, a little darker so that white letters stand out.</summary>
internal static class PanelColors
{
    public static SKColor Of(string? name) => SKColor.Parse(name switch
    {
        "green" => "#3f9142",
        "orange" => "#e0752d",
        "red" => "#c4162a",
        _ => "#3274d9",
    });
}
