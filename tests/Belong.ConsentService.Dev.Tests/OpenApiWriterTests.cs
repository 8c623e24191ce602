using Belong.ConsentService.Dev.OpenApi;

namespace Belong.ConsentService.Dev.Tests;

public sealed class OpenApiWriterTests
{
    [Fact]
    public void The_document_in_docs_is_that_of_the_protos()
    {
        var folder = AppContext.BaseDirectory;
        while (!File.Exists(Path.Combine(folder, "Belong.ConsentService.sln")))
        {
            folder = Path.GetDirectoryName(folder)!;
        }

        Assert.True(File.ReadAllText(Path.Combine(folder, "docs", "openapi.json")) == OpenApiWriter.Write(), "run ./dev openapi");
    }
}
