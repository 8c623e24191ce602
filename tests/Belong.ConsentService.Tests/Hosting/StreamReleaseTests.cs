using Belong.Consent.V1;
using Belong.ConsentService.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Belong.ConsentService.Tests.Hosting;

public sealed class StreamReleaseTests
{
    [Fact]
    public void Kestrel_is_built_as_is_expected() => Assert.True(StreamRelease.IsKnown);

    [Fact]
    public async Task A_stream_that_Kestrel_left_marked_as_due_is_answered_on()
    {
        await using var stage = await ServiceStage.CreateAsync();
        var instance = await stage.StartAsync(add: services => services.AddSingleton<IStartupFilter, LeftMarked>());

        await instance.Checks.GetServerInfoAsync(new GetServerInfoRequest(), deadline: DateTime.UtcNow.AddSeconds(20));
    }

    /// <summary>Each stream is as Kestrel leaves one whose window was widened in the moment in which its answer ended.</summary>
    private sealed class LeftMarked : IStartupFilter
    {
        public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => app =>
        {
            app.Use(answer => http =>
            {
                StreamRelease.Mark(http, true);
                return answer(http);
            });
            next(app);
        };
    }
}
