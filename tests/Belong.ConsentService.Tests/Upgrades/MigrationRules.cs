using System.Text.RegularExpressions;

namespace Belong.ConsentService.Tests.Upgrades;

/// <summary>What a migration must not do, as the release before goes on working beside it and may come back.</summary>
internal static partial class MigrationRules
{
    /// <summary>What breaks the rules, and why it may.</summary>
    private static readonly HashSet<(string Migration, string Statement)> Allowed =
    [
        // An index under the same name comes in the next statement, and no statement names it.
        ("0003_audience", "DROP INDEX member_changed_xid"),
    ];

    private static readonly (Regex Bad, string Why)[] Rules =
    [
        (Dropping(), "takes away what the release before may use"),
        (Renaming(), "takes away a name that the release before may use"),
        (Retyping(), "changes a type that the release before reads and writes"),
        (Requiring(), "refuses what the release before writes"),
        (RequiringNew(), "refuses the rows of the release before, which leaves the new column out"),
        (Constraining(), "refuses what the release before writes"),
        (Replacing(), "changes what the release before calls"),
        (Revoking(), "takes a right away"),
    ];

    public static IReadOnlyList<string> FindBreaks(string migration, string sql)
    {
        var found = new List<string>();
        foreach (var statement in Statements(sql))
        {
            found.AddRange(Rules.Where(rule => rule.Bad.IsMatch(statement) && !Allowed.Contains((migration, statement)))
                .Select(rule => $"{migration}: '{statement}' {rule.Why}"));
        }

        return found;
    }

    /// <summary>Without comments, the bodies of functions, and superfluous blanks.</summary>
    private static IEnumerable<string> Statements(string sql) =>
        Blanks().Replace(Bodies().Replace(Comments().Replace(sql, ""), "BODY"), " ").Split(';').Select(statement => statement.Trim()).Where(statement => statement.Length > 0);

    [GeneratedRegex("--[^\n]*")]
    private static partial Regex Comments();

    [GeneratedRegex(@"\$\$.*?\$\$", RegexOptions.Singleline)]
    private static partial Regex Bodies();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();

    [GeneratedRegex(@"^(DROP|TRUNCATE|DELETE)\b|\bDROP (COLUMN|CONSTRAINT|DEFAULT|EXPRESSION|IDENTITY|VALUE)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Dropping();

    [GeneratedRegex(@"\b(RENAME|SET SCHEMA)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Renaming();

    [GeneratedRegex(@"\bALTER (COLUMN )?\S+ (SET DATA )?TYPE\b", RegexOptions.IgnoreCase)]
    private static partial Regex Retyping();

    [GeneratedRegex(@"\bSET NOT NULL\b", RegexOptions.IgnoreCase)]
    private static partial Regex Requiring();

    [GeneratedRegex(@"^ALTER TABLE\b(?=.*\bADD\b)(?=.*\bNOT NULL\b)(?!.*\b(DEFAULT|GENERATED)\b)", RegexOptions.IgnoreCase)]
    private static partial Regex RequiringNew();

    [GeneratedRegex(@"^ALTER TABLE\b.*\bADD (CONSTRAINT|CHECK|UNIQUE|PRIMARY|FOREIGN|EXCLUDE)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Constraining();

    [GeneratedRegex(@"\bOR REPLACE\b|^ALTER (FUNCTION|TRIGGER|TYPE)\b", RegexOptions.IgnoreCase)]
    private static partial Regex Replacing();

    [GeneratedRegex(@"^REVOKE\b|\b(DISABLE|ENABLE REPLICA) TRIGGER\b", RegexOptions.IgnoreCase)]
    private static partial Regex Revoking();
}
