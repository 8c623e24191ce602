using Belong.ConsentService.Dev.Fuzz.Stage;
using Belong.ConsentService.Dev.Measuring;

namespace Belong.ConsentService.Dev.Fuzz;

/// <summary>What a run has left behind, and how a valid caller fared meanwhile. What could not be measured is null.</summary>
internal sealed class FuzzFigures
{
    public long Requests { get; set; }

    /// <summary>After the warm-up.</summary>
    public ServiceSample? Before { get; set; }

    public ServiceSample? After { get; set; }

    public ServiceLog? LogBefore { get; set; }

    public ServiceLog? LogAfter { get; set; }

    public Distribution Witness { get; set; } = new([]);
}
