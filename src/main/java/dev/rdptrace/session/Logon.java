package dev.rdptrace.session;

import dev.rdptrace.timeline.AuthenticationFacts;
import dev.rdptrace.timeline.AuthenticationFacts.Answer;
import dev.rdptrace.timeline.AuthenticationFacts.Mechanism;
import dev.rdptrace.timeline.Event.Kind;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.aad.AadPdu;
import dev.rdptrace.wire.credssp.AuthToken;
import dev.rdptrace.wire.credssp.EarlyUserAuthorization;
import dev.rdptrace.wire.credssp.Kerberos;
import dev.rdptrace.wire.credssp.Ntlm;
import dev.rdptrace.wire.credssp.Spnego;
import dev.rdptrace.wire.credssp.TsRequest;
import dev.rdptrace.wire.field.NtStatus;
import dev.rdptrace.wire.field.WindowsTime;
import dev.rdptrace.wire.rdstls.RdstlsPdu;

/// The authentication inside TLS where it can be read: CredSSP, RDSTLS and RDS-AAD, message by message.
final class Logon {
    private final EventLog story;

    private boolean any;
    private Mechanism mechanism = Mechanism.NONE;
    private Answer answer = Answer.NONE;
    private int clientVersion = -1;
    private int serverVersion = -1;
    private int status;
    private int earlyAuthorization = -1;
    private int result;
    private int kerberosError = -1;
    private long clockSkewNanos = AuthenticationFacts.NO_SKEW;
    private String user = "";
    private boolean rejected;

    Logon(EventLog story) {
        this.story = story;
    }

    // ---- CredSSP ----

    void tsRequest(Side side, TsRequest request, Moment at) {
        any = true;
        if (side == Side.CLIENT) {
            clientVersion = request.version();
        } else {
            serverVersion = request.version();
        }
        for (TsRequest.Token token : request.negoTokens()) {
            token(side, token.token(), false, at);
        }
        steps(side, request, at);
        story.event(at, side, Kind.CREDSSP, Phase.CREDSSP, request);
    }

    private void steps(Side side, TsRequest request, Moment at) {
        if (side == Side.CLIENT) {
            if (request.authInfo()) {
                story.reached(Step.CREDENTIALS, at);
            } else if (request.hasPubKeyAuth() || request.find(Ntlm.Authenticate.class).isPresent()) {
                story.reached(Step.AUTHENTICATE, at);
            } else if (story.has(Step.CHALLENGE) && !story.has(Step.AUTHENTICATE)) {
                story.anotherToken(at); // user to user: the ticket; or what SPNEGO fell back to
            } else {
                story.reached(Step.TOKEN, at);
            }
            return;
        }
        if (request.errorCode().isPresent() && !request.errorCode().get().isSuccess() || rejected) {
            status = request.errorCode().map(NtStatus::code).orElse(0);
            answer = Answer.STATUS;
            story.reached(Step.REFUSED, at);
        } else if (request.hasPubKeyAuth()) {
            answer = Answer.ACCEPTED;
            story.reached(Step.ACCEPTED, at);
        } else if (!story.has(Step.AUTHENTICATE)) {
            story.reached(Step.CHALLENGE, at);
        }
    }

    /// One token of a security package, wherever it stands.
    ///
    /// @param wrapped it stands in a token of SPNEGO
    void token(Side side, AuthToken token, boolean wrapped, Moment at) {
        switch (token) {
            case Spnego.Init init -> {
                if (mechanism == Mechanism.NONE && side == Side.CLIENT) {
                    mechanism = Mechanism.NEGOTIATING;
                }
                init.mechToken().ifPresent(inner -> token(side, inner, true, at));
            }
            case Spnego.Response response -> {
                rejected |= response.negState() == Spnego.Response.REJECT && side == Side.SERVER;
                response.responseToken().ifPresent(inner -> token(side, inner, true, at));
            }
            case Ntlm ntlm -> {
                boolean spnego = wrapped || mechanism == Mechanism.NTLM_IN_SPNEGO || mechanism == Mechanism.NEGOTIATING;
                mechanism = mechanism == Mechanism.KERBEROS ? mechanism : spnego ? Mechanism.NTLM_IN_SPNEGO : Mechanism.NTLM;
                ntlm(ntlm, at);
            }
            case Kerberos kerberos -> {
                mechanism = Mechanism.KERBEROS;
                if (kerberos instanceof Kerberos.Error error) {
                    kerberosError = error.error().code();
                    clock(error.serverTimeNanos(), at);
                }
            }
            case AuthToken.Unknown _,AuthToken.Unreadable _ -> {}
        }
    }

    private void ntlm(Ntlm message, Moment at) {
        switch (message) {
            case Ntlm.Negotiate _ -> {}
            case Ntlm.Challenge challenge -> clock(challenge.target().timeNanos(), at);
            case Ntlm.Authenticate authenticate ->
                    user = authenticate.domain().isEmpty() ? authenticate.userName()
                            : authenticate.domain() + "\\" + authenticate.userName();
        }
    }

    private void clock(long nanos, Moment at) {
        if (nanos != WindowsTime.UNKNOWN) {
            clockSkewNanos = nanos - at.nanos();
        }
    }

    void earlyAuthorization(EarlyUserAuthorization authorization, Moment at) {
        any = true;
        earlyAuthorization = authorization.result();
        story.reached(Step.EARLY_AUTHORIZATION, at);
        story.event(at, Side.SERVER, Kind.CREDSSP, Phase.CREDSSP, authorization);
    }

    // ---- RDSTLS and RDS-AAD ----

    void rdstls(Side side, RdstlsPdu pdu, Moment at) {
        any = true;
        mechanism = Mechanism.RDSTLS;
        switch (pdu) {
            case RdstlsPdu.Capabilities _ -> story.reached(Step.RDSTLS_CAPABILITIES, at);
            case RdstlsPdu.PasswordRequest _,RdstlsPdu.AutoReconnectRequest _ -> story.reached(Step.RDSTLS_REQUEST, at);
            case RdstlsPdu.Response(_, var code) -> result(Step.RDSTLS_RESULT, code.code(), code.isSuccess(), at);
            case RdstlsPdu.Unknown _ -> {
                if (side == Side.CLIENT) {
                    story.reached(Step.RDSTLS_REQUEST, at);
                }
            }
        }
        story.event(at, side, Kind.RDSTLS, Phase.RDSTLS, pdu);
    }

    void aad(Side side, AadPdu pdu, Moment at) {
        any = true;
        mechanism = Mechanism.AAD;
        switch (pdu) {
            case AadPdu.ServerNonce _ -> story.reached(Step.AAD_NONCE, at);
            case AadPdu.AuthenticationRequest _ -> story.reached(Step.AAD_REQUEST, at);
            case AadPdu.AuthenticationResult(var code) -> result(Step.AAD_RESULT, code.code(), code.isSuccess(), at);
            case AadPdu.Unknown _ -> {}
        }
        story.event(at, side, Kind.AAD, Phase.AAD, pdu);
    }

    private void result(Step step, int code, boolean success, Moment at) {
        story.reached(step, at);
        result = code;
        answer = success ? Answer.ACCEPTED : Answer.STATUS;
    }

    /// What sizes alone tell.
    static AuthenticationFacts unread(LogonBySize sizes) {
        return new AuthenticationFacts(sizes.mechanism(), sizes.answer(), sizes.credSspVersions(), 0, -1, 0, false, -1,
                AuthenticationFacts.NO_SKEW, "");
    }

    /// What was read; what was not, from sizes.
    AuthenticationFacts facts(LogonBySize sizes) {
        if (!any) {
            return unread(sizes);
        }
        int agreed = clientVersion < 0 ? serverVersion : serverVersion < 0 ? clientVersion : Math.min(clientVersion, serverVersion);
        return new AuthenticationFacts(mechanism == Mechanism.NONE ? sizes.mechanism() : mechanism,
                answer == Answer.NONE ? sizes.answer() : answer, agreed < 0 ? "" : Integer.toString(agreed), status, earlyAuthorization,
                result, true, kerberosError, clockSkewNanos, user);
    }
}
