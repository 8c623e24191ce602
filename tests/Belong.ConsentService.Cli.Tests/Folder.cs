namespace Belong.ConsentService.Cli.Tests;

/// <summary>A folder of one test, which goes with it.</summary>
internal sealed class Folder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("consentctl-");

    public string this[string name] => Path.Combine(_folder.FullName, name);

    public string[] Names => [.. _folder.EnumerateFiles().Select(file => file.Name).Order(StringComparer.Ordinal)];

    public string Write(string name, string text)
    {
        File.WriteAllText(this[name], text);
        return this[name];
    }

    public string Read(string name) => File.ReadAllText(this[name]);

    public string[] Lines(string name) => File.ReadAllLines(this[name]);

    public void Dispose() => _folder.Delete(recursive: true);
}
