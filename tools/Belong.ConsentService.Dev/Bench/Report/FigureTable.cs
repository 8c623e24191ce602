namespace Belong.ConsentService.Dev.Bench.Report;

/// <summary>All rows, in the order in which they were first named.</summary>
internal sealed class FigureTable
{
    private readonly List<Figure> _figures = [];

    public IReadOnlyList<Figure> Figures => _figures;

    /// <summary>Of the rows that are named from now on.</summary>
    public string Section { get; set; } = "";

    /// <summary>The one with this id; null when it was not measured.</summary>
    public Figure? Find(string id) => _figures.Find(figure => figure.Id == id);

    public Figure Row(string id, string title, string unit, int decimals = 0)
    {
        if (Find(id) is { } known)
        {
            return known;
        }

        var figure = new Figure(Section, id, title, unit, decimals);
        _figures.Add(figure);
        return figure;
    }

    /// <summary>All rows whose id begins so claim nothing.</summary>
    public void Miss(string idStart, string why)
    {
        foreach (var figure in _figures.Where(figure => figure.Id.StartsWith(idStart, StringComparison.Ordinal)))
        {
            figure.Miss(why);
        }
    }
}
