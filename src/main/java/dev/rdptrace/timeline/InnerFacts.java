package dev.rdptrace.timeline;

import java.util.List;

/// What the PDUs inside (clear, or decrypted) said in numbers; -1 or 0 where they were not readable.
///
/// @param connectResult MCS Connect-Response result, -1 unknown
/// @param attachResult MCS Attach User Confirm result, -1 unknown
/// @param joinsRequested Channel Join Requests
/// @param joinsConfirmed Channel Join Confirms
/// @param joinFailures Channel Join Confirms with a result other than successful
/// @param encryptionOffered methods of standard RDP security that the client can use, a set of bits, -1 unknown
/// @param encryptionMethod of standard RDP security, -1 unknown
/// @param encryptionLevel of standard RDP security, -1 unknown
/// @param errorInfo Set Error Info code, 0 none, -1 recognized by size only
/// @param errorInfoAt its frame
/// @param licenseError code of a licensing error alert, -1 none
/// @param licenseTransition state transition of that alert, -1 none
/// @param licenseErrorFrom who sent it
/// @param disconnectReason of the MCS Disconnect Provider Ultimatum, -1 not readable
/// @param disconnectAt the ultimatum, by content or by size
/// @param disconnectFrom who sent it
/// @param redirectTarget address or name of a Server Redirection PDU, or empty
/// @param redirected a Server Redirection PDU was seen
/// @param channels names the client asked for
/// @param activations when the server began the session, by its Demand Active PDUs; bounded
/// @param decrypted inner PDUs were readable
/// @param channelsGranted how many channels the server gave identifiers to, -1 unknown
/// @param echoedRequested protocols the server believes that the client asked for, -1 unknown
/// @param echoedSelected protocol the client believes that the server selected, -1 unknown
public record InnerFacts(int connectResult, int attachResult, int joinsRequested, int joinsConfirmed, int joinFailures,
        int encryptionOffered, int encryptionMethod, int encryptionLevel, int errorInfo, Moment errorInfoAt, int licenseError,
        int licenseTransition, Side licenseErrorFrom, int disconnectReason, Moment disconnectAt, Side disconnectFrom, String redirectTarget,
        boolean redirected, List<String> channels, List<Moment> activations, boolean decrypted, int channelsGranted, long echoedRequested,
        long echoedSelected) {

    public static final InnerFacts NONE = new InnerFacts(-1, -1, 0, 0, 0, -1, -1, -1, 0, Moment.NEVER, -1, -1, Side.SERVER, -1,
            Moment.NEVER, Side.SERVER, "", false, List.of(), List.of(), false, -1, -1, -1);
}
