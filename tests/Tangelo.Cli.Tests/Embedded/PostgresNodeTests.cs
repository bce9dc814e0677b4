using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Logging.Abstractions;
using Npgsql;
using Tangelo.Cli.Embedded;
using Tangelo.Harness;

namespace Tangelo.Cli.Tests.Embedded;

/// <summary>One server through its life: made, started, taken over, killed, stopped.</summary>
public sealed class PostgresNodeTests : IAsyncLifetime
{
    private readonly int _port = FreePorts.Block(2);
    private string _folder = "";
    private PostgresInstallation _postgres = null!;
    private NodeAccount _account = null!;

    private string Data => Path.Combine(_folder, "worker1");

    public async Task InitializeAsync()
    {
        _folder = Directory.CreateTempSubdirectory("tangelo-node-").FullName;
        File.SetUnixFileMode(_folder, File.GetUnixFileMode(_folder) | UnixFileMode.OtherExecute);
        _account = await NodeAccount.DetermineAsync(default);
        _postgres = await PostgresInstallation.FindAsync(null, null, default);
        var template = await DataDirectoryTemplate.GetAsync();
        await template.CopyToAsync(Data, "");
    }

    public async Task DisposeAsync()
    {
        await Node().StopAsync();
        Directory.Delete(_folder, recursive: true);
        FreePorts.Return(_port, 2);
    }

    [Fact]
    public async Task A_new_one_serves_after_the_start_and_is_gone_after_the_stop()
    {
        Directory.Delete(Data, recursive: true);
        var node = Node();
        await node.CreateAsync(default);
        await node.StartAsync(default);
        Assert.True(node.IsRunning);
        Assert.Equal("200", await SettingAsync(_port, "max_prepared_transactions"));
        Assert.Equal("logical", await SettingAsync(_port, "wal_level"));
        Assert.Equal("UTF8", await SettingAsync(_port, "server_encoding"));
        await node.StopAsync();
        Assert.False(node.IsRunning);
    }

    [Fact]
    public async Task A_running_server_is_taken_over_by_another_owner()
    {
        await Node().StartAsync(default);
        var first = PostmasterFile.ReadRunning(Data)!.ProcessId;
        await Node().StartAsync(default);
        Assert.Equal(first, PostmasterFile.ReadRunning(Data)!.ProcessId);
    }

    [Fact]
    public async Task A_server_on_another_port_is_restarted_on_the_new_one()
    {
        await Node().StartAsync(default);
        await Node(_port + 1).StartAsync(default);
        Assert.Equal($"{_port + 1}", await SettingAsync(_port + 1, "port"));
    }

    [Fact]
    public async Task A_killed_server_starts_again_with_its_data()
    {
        var node = Node();
        await node.StartAsync(default);
        await ExecuteAsync(_port, "CREATE TABLE kept AS SELECT 42 AS answer");
        var killed = KillServer();
        while (PostmasterFile.ReadRunning(Data)?.ProcessId == killed)
            await Task.Delay(10);
        await node.StartAsync(default);
        Assert.Equal("42", await ExecuteAsync(_port, "SELECT answer::text FROM kept"));
    }

    [Fact]
    public async Task The_supervisor_starts_a_killed_server_again()
    {
        var node = Node();
        await node.StartAsync(default);
        await using var supervisor = new NodeSupervisor([node], NullLogger.Instance);
        var killed = KillServer();
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (PostmasterFile.ReadRunning(Data) is not { IsReady: true } running || running.ProcessId == killed)
            await Task.Delay(50, late.Token);
        Assert.Equal("1", await ExecuteAsync(_port, "SELECT '1'"));
    }

    [Fact]
    public async Task A_pid_file_that_names_another_process_does_not_keep_it_from_starting()
    {
        var file = Path.Combine(Data, "postmaster.pid");
        await File.WriteAllTextAsync(file, $"{Environment.ProcessId}\n{Data}\n0\n{_port}\n\n127.0.0.1\n\nready\n");
        await _account.OwnAsync(file, default);
        var node = Node();
        Assert.False(node.IsRunning);
        await node.StartAsync(default);
        Assert.True(node.IsRunning);
    }

    [Fact]
    public async Task A_port_in_use_is_named()
    {
        using var listener = new TcpListener(IPAddress.Loopback, _port);
        listener.Start();
        var failure = await Assert.ThrowsAsync<CommandFailedException>(() => Node().StartAsync(default));
        Assert.Contains($"Port {_port}", failure.Message);
        Assert.DoesNotContain('\n', failure.Message);
    }

    [Fact]
    public async Task A_bad_setting_is_told_in_the_servers_words()
    {
        await File.AppendAllTextAsync(Path.Combine(Data, "postgresql.auto.conf"), "no_such_setting = on\n");
        var failure = await Assert.ThrowsAsync<CommandFailedException>(() => Node().StartAsync(default));
        Assert.Contains("FATAL", failure.Message);
        Assert.DoesNotContain('\n', failure.Message);
    }

    private PostgresNode Node(int? port = null) => new(new NodeName(1), Data, port ?? _port, _postgres, _account, NullLogger.Instance);

    private int KillServer()
    {
        using var server = Process.GetProcessById(PostmasterFile.ReadRunning(Data)!.ProcessId);
        server.Kill();
        return server.Id;
    }

    private static Task<string?> SettingAsync(int port, string name) => ExecuteAsync(port, $"SELECT current_setting('{name}')");

    private static async Task<string?> ExecuteAsync(int port, string sql)
    {
        await using var source = NpgsqlDataSource.Create(Connections.Text(port) + ";Pooling=false");
        await using var command = source.CreateCommand(sql);
        return (string?)await command.ExecuteScalarAsync();
    }
}
