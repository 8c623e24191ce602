using Belong.ConsentService.Testing.Prometheus;
using SkiaSharp;

namespace Belong.ConsentService.Dev.Watching;

/// <summary>The dashboard as a picture, its panels where Grafana would put them.</summary>
internal sealed class DashboardPicture : IDisposable
{
    private const int ColumnWidth = 70;
    private const int LineHeight = 38;
    private const int Gap = 8;
    private const int Columns = 24;
    private const int HeadHeight = 64;
    private const string FontFile = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf";

    private static readonly SKColor Background = SKColor.Parse("#f4f5f5");
    private static readonly SKColor Ink = SKColor.Parse("#24292e");
    private static readonly SKColor Faint = SKColor.Parse("#6e7178");

    private readonly SKTypeface _typeface = File.Exists(FontFile) ? SKTypeface.FromFile(FontFile) : SKTypeface.Default;
    private readonly SKSurface _surface;

    private DashboardPicture(int lines)
    {
        _surface = SKSurface.Create(new SKImageInfo((Columns * ColumnWidth) + Gap, HeadHeight + (lines * LineHeight) + Gap));
        _surface.Canvas.Clear(Background);
    }

    /// <param name="subtitle">What happened in the time that it shows.</param>
    public static void Save(string file, string title, string subtitle, IReadOnlyList<PanelData> panels, DateTimeOffset from)
    {
        using var picture = new DashboardPicture(panels.Max(panel => panel.Panel.Place.Y + panel.Panel.Place.Height));
        picture.Write(title, Gap * 2, 30, 24, Ink);
        picture.Write(subtitle, Gap * 2, 54, 14, Faint);
        foreach (var panel in panels)
        {
            picture.Draw(panel, from);
        }

        using var image = picture._surface.Snapshot();
        using var data = image.Encode(SKEncodedImageFormat.Png, 100);
        File.WriteAllBytes(file, data.ToArray());
    }

    public void Dispose()
    {
        _surface.Dispose();
        _typeface.Dispose();
    }

    private static SKRect RectOf(PanelPlace place) => SKRect.Create(
        (place.X * ColumnWidth) + Gap, HeadHeight + (place.Y * LineHeight) + Gap, (place.Width * ColumnWidth) - Gap, (place.Height * LineHeight) - Gap);

    private void Draw(PanelData panel, DateTimeOffset from)
    {
        var rect = RectOf(panel.Panel.Place);
        switch (panel.Panel.Type)
        {
            case "row":
                Write(panel.Panel.Title, rect.Left + Gap, rect.Bottom - 4, 19, Ink);
                break;
            case "stat":
                DrawStat(panel, rect);
                break;
            default:
                Fill(rect, SKColors.White);
                PanelPlot.Draw(_surface.Canvas, panel, rect, from);
                break;
        }
    }

    private void DrawStat(PanelData panel, SKRect rect)
    {
        var value = panel.Last;
        var step = panel.Panel.Steps.LastOrDefault(step => value >= step.From);
        Fill(rect, value is null ? SKColors.Gray : PanelColors.Of(step?.Color));
        Write(panel.Panel.Title, rect.Left + 10, rect.Top + 22, 15, SKColors.White);
        var text = value is { } number ? PanelUnits.Format(number, panel.Panel.Unit, panel.Panel.Decimals) : "no data";
        using var font = new SKFont(_typeface, 38);
        Write(text, rect.MidX - (font.MeasureText(text) / 2), rect.MidY + 26, 38, SKColors.White);
    }

    private void Fill(SKRect rect, SKColor color)
    {
        using var paint = new SKPaint { Color = color, IsAntialias = true };
        _surface.Canvas.DrawRoundRect(rect, 3, 3, paint);
    }

    private void Write(string text, float x, float y, float size, SKColor color)
    {
        using var font = new SKFont(_typeface, size);
        using var paint = new SKPaint { Color = color, IsAntialias = true };
        _surface.Canvas.DrawText(text, x, y, font, paint);
    }
}
