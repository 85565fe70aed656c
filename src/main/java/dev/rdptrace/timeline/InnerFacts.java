package dev.rdptrace.timeline;

import java.util.List;

/// What the PDUs inside (clear, or decrypted) said in numbers; -1 or 0 where they were not readable.
///
/// @param activations when the server began the session, by its Demand Active PDUs; bounded
/// @param decrypted inner PDUs were readable
public record InnerFacts(Conference conference, Echoed echoed, Encryption encryption, License license, List<Moment> activations,
        Redirected redirection, ServerError error, Disconnect disconnect, boolean decrypted) {

    public static final InnerFacts NONE = new InnerFacts(Conference.NONE, Echoed.NONE, Encryption.NONE, License.NONE, List.of(),
            Redirected.NONE, ServerError.NONE, Disconnect.NONE, false);

    /// Joining of the conference (T.125).
    ///
    /// @param connectResult MCS Connect-Response result, -1 unknown
    /// @param attachResult MCS Attach User Confirm result, -1 unknown
    /// @param joinsRequested Channel Join Requests
    /// @param joinsConfirmed Channel Join Confirms
    /// @param joinFailures Channel Join Confirms with a result other than successful
    /// @param channels names the client asked for
    /// @param channelsGranted how many channels the server gave identifiers to, -1 unknown
    public record Conference(int connectResult, int attachResult, int joinsRequested, int joinsConfirmed, int joinFailures,
            List<String> channels, int channelsGranted) {
        static final Conference NONE = joins(0, 0);

        /// Known by the sizes of their messages only.
        public static Conference joins(int requested, int confirmed) {
            return new Conference(-1, -1, requested, confirmed, 0, List.of(), -1);
        }
    }

    /// What each side repeats of the negotiation, so that the other sees whether somebody changed it on its way.
    ///
    /// @param requested protocols the server believes that the client asked for, -1 unknown
    /// @param selected protocol the client believes that the server selected, -1 unknown
    public record Echoed(long requested, long selected) {
        public static final Echoed NONE = new Echoed(-1, -1);
    }

    /// Standard RDP security, each -1 unknown.
    ///
    /// @param offered methods that the client can use, a set of bits
    public record Encryption(int offered, int method, int level) {
        public static final Encryption NONE = new Encryption(-1, -1, -1);
    }

    /// A licensing error alert.
    ///
    /// @param error its code, -1 none
    /// @param transition its state transition, -1 none
    /// @param from who sent it
    public record License(int error, int transition, Side from) {
        public static final License NONE = new License(-1, -1, Side.SERVER);
    }

    /// A Server Redirection PDU.
    ///
    /// @param target address or name, or empty
    public record Redirected(boolean seen, String target) {
        public static final Redirected NONE = new Redirected(false, "");
    }

    /// A Set Error Info PDU.
    ///
    /// @param code 0 none, -1 recognized by size only
    public record ServerError(int code, Moment at) {
        public static final ServerError NONE = new ServerError(0, Moment.NEVER);
    }

    /// An MCS Disconnect Provider Ultimatum, known by content or by size.
    ///
    /// @param reason -1 not readable
    /// @param from who sent it
    public record Disconnect(int reason, Moment at, Side from) {
        static final Disconnect NONE = new Disconnect(-1, Moment.NEVER, Side.SERVER);
    }
}
