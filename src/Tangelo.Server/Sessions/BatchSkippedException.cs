namespace Tangelo.Server.Sessions;

/// <summary>
/// The link has refused an earlier message of the client's batch, and the client has been told: what follows up to Sync is skipped.
/// Never leaves <see cref="ExtendedQuery"/>.
/// </summary>
internal sealed class BatchSkippedException() : Exception("The batch has failed already.");
