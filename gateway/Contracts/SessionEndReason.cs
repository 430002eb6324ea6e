namespace Sallyport.Contracts;

/// <summary>Why a session ended; the same words in the gateway, the audit log and the user interface.</summary>
public enum SessionEndReason
{
    /// <summary>The user pressed End, or left the shell.</summary>
    User,

    /// <summary>The grant's window is over.</summary>
    GrantEnded,

    /// <summary>An admin withdrew the grant or the user's account.</summary>
    Revoked,

    /// <summary>The user's sign-in ended: they signed out, their password was changed, or its time was over.</summary>
    SignedOut,

    /// <summary>An admin or a reviewer ended it while watching.</summary>
    EndedByAdmin,

    /// <summary>An operator of the plant stopped it.</summary>
    StoppedByPlant,

    /// <summary>Nobody typed for longer than the service allows.</summary>
    Idle,

    /// <summary>The browser did not come back in time after its link dropped.</summary>
    BrowserLost,

    /// <summary>The asset closed the connection or could not be reached.</summary>
    AssetLost,

    /// <summary>The asset presented another host key than the one that was pinned.</summary>
    HostKeyChanged,

    /// <summary>The asset refused the credential.</summary>
    CredentialRefused,

    /// <summary>The recording could not be written: nothing runs unrecorded.</summary>
    RecordingFailed,

    /// <summary>The gateway stopped, or was lost without a word.</summary>
    GatewayLost,

    /// <summary>The path, the ticket or the browser did not come in time: the session never started.</summary>
    NotStarted,
}
