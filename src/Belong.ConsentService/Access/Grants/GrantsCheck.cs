namespace Belong.ConsentService.Access.Grants;

/// <summary>The command check-grants: tells whether a file of grants can be used, before it is.</summary>
internal static class GrantsCheck
{
    /// <returns>0 when it can be used, 2 when not.</returns>
    public static int Run(string[] args)
    {
        if (args is not [var file])
        {
            Console.Error.WriteLine($"check-grants takes one file, and was given {args.Length} words");
            return 2;
        }

        try
        {
            var grants = GrantsReader.Read(File.ReadAllBytes(file), TimeProvider.System);
            Console.WriteLine($"The grants can be used: version {grants.Version}, {grants.CallerCount} callers");
            return 0;
        }
        catch (InvalidGrantsException e)
        {
            Console.Error.WriteLine($"The grants cannot be used:{Environment.NewLine}{string.Join(Environment.NewLine, e.Errors)}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            Console.Error.WriteLine($"The grants cannot be read: {e.Message}");
        }

        return 2;
    }
}
