using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Tangelo.Console.Health;
using Tangelo.Console.Metrics;

namespace Tangelo.Console;

/// <summary>
/// The router's HTTP side: <c>GET /health</c> (JSON; 503 when the coordinator is out of reach) and <c>GET /metrics</c>
/// (Prometheus text). It has no authentication of its own, so it listens where only operators come.
/// </summary>
public sealed class ConsoleServer : IAsyncDisposable
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web);

    private readonly WebApplication _application;
    private readonly ClusterProbe _probe;
    private readonly MetricsCollector _metrics = new();

    public ConsoleServer(IPEndPoint listen, ClusterProbe probe, ILoggerFactory? log)
    {
        _probe = probe;
        // The empty builder reads neither the environment nor files of the working directory.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Listen(listen);
        });
        if (log is not null)
            builder.Services.Replace(ServiceDescriptor.Singleton(log));
        _application = builder.Build();
        _application.Run(AnswerAsync);
    }

    /// <summary>Returns when requests are accepted; throws <see cref="IOException"/> when the address cannot be had.</summary>
    public Task StartAsync(CancellationToken cancellationToken) => _application.StartAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => _application.StopAsync(cancellationToken);

    public async ValueTask DisposeAsync()
    {
        await _application.DisposeAsync();
        _metrics.Dispose();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            context.Response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            return;
        }
        switch (context.Request.Path.Value)
        {
            case "/health":
                var report = await _probe.ProbeAsync(context.RequestAborted);
                context.Response.StatusCode = report.Coordinator.IsReachable ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;
                await context.Response.WriteAsJsonAsync(report, Json, context.RequestAborted);
                break;
            case "/metrics":
                context.Response.ContentType = "text/plain; version=0.0.4; charset=utf-8";
                await context.Response.WriteAsync(_metrics.Render(), context.RequestAborted);
                break;
            default:
                context.Response.StatusCode = StatusCodes.Status404NotFound;
                break;
        }
    }
}
