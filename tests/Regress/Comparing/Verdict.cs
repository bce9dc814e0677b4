namespace Tangelo.Regress.Comparing;

/// <summary>How the cluster's answer to a step stands to the plain server's, from good to bad.</summary>
internal enum Verdict
{
    Same,

    /// <summary>A plan or a figure of storage, which a distributed table cannot have in common with a plain one.</summary>
    OtherByNature,

    /// <summary>Only what comes beside the result: notices, or the wording of an error with the same SQLSTATE.</summary>
    Message,

    /// <summary>Another SQLSTATE.</summary>
    OtherError,

    /// <summary>The cluster said 0A000.</summary>
    Refused,

    /// <summary>Plain PostgreSQL had an answer, the cluster an error.</summary>
    Error,

    /// <summary>Differs because an earlier statement on the same objects had failed.</summary>
    FollowsFailure,

    /// <summary>Plain PostgreSQL had an error, the cluster an answer.</summary>
    NoError,

    /// <summary>The same rows, in another order than ORDER BY gave on the plain server.</summary>
    Order,

    /// <summary>Other rows, without any error.</summary>
    Rows,

    /// <summary>XX000, or an error that is no error of PostgreSQL.</summary>
    Internal,

    /// <summary>No answer: the session was lost, or did not come back in time.</summary>
    Lost,
}
