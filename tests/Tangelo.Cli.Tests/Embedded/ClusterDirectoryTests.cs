using Tangelo.Cli.Embedded;

namespace Tangelo.Cli.Tests.Embedded;

public sealed class ClusterDirectoryTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("tangelo-directory-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void A_folder_is_held_by_one_at_a_time()
    {
        using (ClusterDirectory.Open(_folder))
        {
            var failure = Assert.Throws<CommandFailedException>(() => ClusterDirectory.Open(_folder));
            Assert.StartsWith("Another tangelo serves", failure.Message);
        }
        ClusterDirectory.Open(_folder).Dispose();
    }

    [Fact]
    public void A_folder_with_something_else_in_it_is_refused()
    {
        File.WriteAllText(Path.Combine(_folder, "letter.txt"), "dear");
        var failure = Assert.Throws<CommandFailedException>(() => ClusterDirectory.Open(_folder));
        Assert.Contains("not empty", failure.Message);
    }

    [Fact]
    public void A_file_in_the_place_of_the_folder_is_refused()
    {
        var file = Path.Combine(_folder, "file");
        File.WriteAllText(file, "");
        Assert.Throws<CommandFailedException>(() => ClusterDirectory.Open(file));
    }

    [Fact]
    public async Task The_state_is_read_back_as_it_was_written()
    {
        Assert.Null(await ClusterState.ReadAsync(_folder, default));
        await new ClusterState(5432, 3, [1, 2]).WriteAsync(_folder, default);
        var state = await ClusterState.ReadAsync(_folder, default);
        Assert.Equal((5432, 3), (state!.Port, state.Workers));
        Assert.Equal([1, 2], state.NodeIds);
    }

    [Fact]
    public async Task A_damaged_state_is_named()
    {
        await File.WriteAllTextAsync(Path.Combine(_folder, "cluster.json"), "{\"Port\": ");
        var failure = await Assert.ThrowsAsync<CommandFailedException>(() => ClusterState.ReadAsync(_folder, default));
        Assert.Contains("cluster.json is damaged", failure.Message);
    }
}
