using System.Runtime.InteropServices;

namespace Tangelo.Cli;

/// <summary>Turns SIGTERM, SIGINT and SIGHUP into one cancellation; the process then ends by returning from its command.</summary>
internal sealed class StopSignal : IDisposable
{
    private readonly CancellationTokenSource _stop = new();
    private readonly CancellationTokenSource _again = new();
    private readonly List<PosixSignalRegistration> _registrations = [];

    public StopSignal()
    {
        foreach (var signal in new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP })
            _registrations.Add(PosixSignalRegistration.Create(signal, Handle));
    }

    /// <summary>Cancelled by the first signal.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>Cancelled by the second signal: no more waiting.</summary>
    public CancellationToken Again => _again.Token;

    /// <summary>Completes when a signal comes.</summary>
    public async Task WaitAsync()
    {
        var signalled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = Token.Register(signalled.SetResult);
        await signalled.Task;
    }

    public void Dispose()
    {
        foreach (var registration in _registrations)
            registration.Dispose();
        _stop.Dispose();
        _again.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        if (_stop.IsCancellationRequested)
            _again.Cancel();
        _stop.Cancel();
    }
}
