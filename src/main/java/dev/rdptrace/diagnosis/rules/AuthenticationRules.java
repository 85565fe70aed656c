package dev.rdptrace.diagnosis.rules;

import static dev.rdptrace.bytes.Identity.HOST;
import static dev.rdptrace.diagnosis.Answer.CLEAR;
import static dev.rdptrace.diagnosis.Rule.rule;
import static dev.rdptrace.diagnosis.Signature.anyPhase;
import static dev.rdptrace.diagnosis.Signature.by;
import static dev.rdptrace.diagnosis.Signature.in;
import static dev.rdptrace.diagnosis.Signature.signature;
import static dev.rdptrace.diagnosis.rules.PathRules.TCP_HIGH_RTT;
import static dev.rdptrace.diagnosis.rules.TlsRules.CREDSSP_NO_CLIENT_TOKEN;
import static dev.rdptrace.diagnosis.rules.TlsRules.SERVER_SLOW_PHASE;
import static dev.rdptrace.diagnosis.rules.TurnRules.CLIENT_STALLED;

import dev.rdptrace.bytes.Identity;
import dev.rdptrace.diagnosis.Answer;
import dev.rdptrace.diagnosis.Answer.Found;
import dev.rdptrace.diagnosis.Answer.Unclear;
import dev.rdptrace.diagnosis.Case;
import dev.rdptrace.diagnosis.Closing;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Limits;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.diagnosis.Rule;
import dev.rdptrace.diagnosis.Rule.Weight;
import dev.rdptrace.diagnosis.Signature;
import dev.rdptrace.timeline.AuthenticationFacts;
import dev.rdptrace.timeline.Companions.Contact;
import dev.rdptrace.timeline.Companions.KerberosTrouble;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Receipts;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.timeline.TlsFacts;
import dev.rdptrace.wire.credssp.KerberosError;
import dev.rdptrace.wire.field.Code;
import dev.rdptrace.wire.field.Status;
import dev.rdptrace.wire.x224.Protocols;
import java.util.List;
import java.util.Optional;

/// CredSSP ([MS-CSSP]), RDSTLS and RDS-AAD: who refused whom, and at which step.
public final class AuthenticationRules {
    public static final Signature CREDSSP_AUTH_REJECTED_ERRORCODE =
            signature("credssp-auth-rejected-errorcode", in(Phase.CREDSSP), by(Culprit.SERVER, Culprit.CLIENT));
    public static final Signature CREDSSP_ACCOUNT_STATE = signature("credssp-account-state", in(Phase.CREDSSP), by(Culprit.SERVER));
    public static final Signature CREDSSP_AUTH_REJECTED_LOGON_RIGHT =
            signature("credssp-auth-rejected-logon-right", in(Phase.CREDSSP), by(Culprit.SERVER));
    public static final Signature CREDSSP_AUTH_REJECTED_NO_CONTROLLER =
            signature("credssp-auth-rejected-no-controller", in(Phase.CREDSSP), by(Culprit.SERVER));
    public static final Signature CREDSSP_AUTH_REJECTED_SERVICE_NAME =
            signature("credssp-auth-rejected-service-name", in(Phase.CREDSSP), by(Culprit.SERVER));
    public static final Signature CREDSSP_TICKET_REFUSED =
            signature("credssp-ticket-refused", in(Phase.CREDSSP), by(Culprit.SERVER));
    public static final Signature CREDSSP_TIME_SKEW = signature("credssp-time-skew", in(Phase.CREDSSP), by(Culprit.SERVER));
    public static final Signature CREDSSP_NTLM_BLOCKED = signature("credssp-ntlm-blocked", in(Phase.CREDSSP), by(Culprit.SERVER));
    public static final Signature CREDSSP_CBT_MISMATCH = signature("credssp-cbt-mismatch", in(Phase.CREDSSP), by(Culprit.SERVER));
    public static final Signature CREDSSP_VERSION_UNSUPPORTED =
            signature("credssp-version-unsupported", in(Phase.CREDSSP), by(Culprit.CLIENT));
    public static final Signature CREDSSP_CLIENT_CLOSE_AT_CHALLENGE =
            signature("credssp-client-close-at-challenge", in(Phase.CREDSSP), by(Culprit.CLIENT));
    public static final Signature CREDSSP_KDC_UNREACHABLE =
            signature("credssp-kdc-unreachable", in(Phase.CREDSSP), by(Culprit.CLIENT, Culprit.PATH));
    public static final Signature CREDSSP_AUTH_REJECTED_ALERT =
            signature("credssp-auth-rejected-alert", in(Phase.CREDSSP), by(Culprit.SERVER, Culprit.CLIENT));
    public static final Signature CREDSSP_AUTH_REJECTED_CLOSE =
            signature("credssp-auth-rejected-close", in(Phase.CREDSSP), by(Culprit.SERVER, Culprit.CLIENT));
    public static final Signature CREDSSP_SERVER_CLOSE_AT_NEGOTIATE =
            signature("credssp-server-close-at-negotiate", in(Phase.CREDSSP), by(Culprit.SERVER));
    public static final Signature CREDSSP_PUBKEY_MISMATCH =
            signature("credssp-pubkey-mismatch", in(Phase.CREDSSP), by(Culprit.CLIENT, Culprit.PATH));
    public static final Signature CREDSSP_DELEGATION_POLICY = signature("credssp-delegation-policy", in(Phase.CREDSSP), by(Culprit.CLIENT));
    public static final Signature TLS_CLIENT_PROMPT_RECONNECT =
            signature("tls-client-prompt-reconnect", in(Phase.CREDSSP, Phase.TLS), by(Culprit.NONE, Culprit.CLIENT));
    public static final Signature HYBRIDEX_ACCESS_DENIED = signature("hybridex-access-denied", in(Phase.CREDSSP), by(Culprit.SERVER));
    public static final Signature CREDSSP_AFTER_CREDS_CLOSE = signature("credssp-after-creds-close", in(Phase.CREDSSP), by(Culprit.SERVER));
    public static final Signature CLIENT_LEFT_BEFORE_SESSION = signature("client-left-before-session", anyPhase(), by(Culprit.CLIENT));
    public static final Signature HYBRIDEX_NO_RESULT = signature("hybridex-no-result", in(Phase.CREDSSP), by(Culprit.SERVER));
    public static final Signature CREDSSP_CREDENTIALS_ONLY = signature("credssp-credentials-only", in(Phase.CREDSSP), by(Culprit.NONE));
    public static final Signature CREDSSP_CLIENT_SILENT = signature("credssp-client-silent", in(Phase.CREDSSP), by(Culprit.CLIENT));

    static List<Rule<Case>> all() {
        return List.of(
                rule(Weight.MESSAGE, AuthenticationRules::refusedWithStatus, CREDSSP_AUTH_REJECTED_ERRORCODE, CREDSSP_ACCOUNT_STATE,
                        CREDSSP_AUTH_REJECTED_LOGON_RIGHT, CREDSSP_AUTH_REJECTED_NO_CONTROLLER, CREDSSP_AUTH_REJECTED_SERVICE_NAME,
                        CREDSSP_TICKET_REFUSED, CREDSSP_TIME_SKEW, CREDSSP_NTLM_BLOCKED, CREDSSP_CBT_MISMATCH,
                        CREDSSP_VERSION_UNSUPPORTED),
                rule(Weight.MESSAGE, AuthenticationRules::refusedByController, CREDSSP_ACCOUNT_STATE, CREDSSP_TICKET_REFUSED,
                        CREDSSP_TIME_SKEW, CREDSSP_AUTH_REJECTED_SERVICE_NAME, CREDSSP_AUTH_REJECTED_LOGON_RIGHT,
                        CREDSSP_AUTH_REJECTED_NO_CONTROLLER, CREDSSP_AUTH_REJECTED_ERRORCODE),
                rule(Weight.PATH, AuthenticationRules::noController, CREDSSP_KDC_UNREACHABLE),
                rule(Weight.MESSAGE, AuthenticationRules::refusedWithAlert, CREDSSP_AUTH_REJECTED_ALERT),
                rule(Weight.SHAPE, AuthenticationRules::refusedByClosing, CREDSSP_AUTH_REJECTED_CLOSE),
                rule(Weight.SHAPE, AuthenticationRules::refusedBehindAnswer, CREDSSP_AUTH_REJECTED_CLOSE),
                rule(Weight.SHAPE, AuthenticationRules::closedAtNegotiate, CREDSSP_SERVER_CLOSE_AT_NEGOTIATE),
                rule(Weight.SHAPE, AuthenticationRules::clientLeftAtChallenge, CREDSSP_CLIENT_CLOSE_AT_CHALLENGE, TCP_HIGH_RTT),
                rule(Weight.ABSENCE, AuthenticationRules::noToken, CREDSSP_NO_CLIENT_TOKEN).outranking(CLIENT_STALLED),
                rule(Weight.SHAPE, AuthenticationRules::clientLeftAfterAcceptance, CREDSSP_PUBKEY_MISMATCH, CREDSSP_DELEGATION_POLICY,
                        TLS_CLIENT_PROMPT_RECONNECT),
                rule(Weight.SHAPE, AuthenticationRules::notAuthorized, HYBRIDEX_ACCESS_DENIED)
                        .outranking(CLIENT_LEFT_BEFORE_SESSION, CREDSSP_AFTER_CREDS_CLOSE),
                rule(Weight.SHAPE, AuthenticationRules::endedAfterAuthorization, CREDSSP_AFTER_CREDS_CLOSE, CLIENT_LEFT_BEFORE_SESSION),
                rule(Weight.SHAPE, AuthenticationRules::closedAfterCredentials, CREDSSP_AFTER_CREDS_CLOSE, HYBRIDEX_NO_RESULT)
                        .outranking(CREDSSP_CREDENTIALS_ONLY),
                rule(Weight.SHAPE, AuthenticationRules::credentialsOnly, CREDSSP_CREDENTIALS_ONLY),
                rule(Weight.ABSENCE, AuthenticationRules::clientStopped, CREDSSP_CLIENT_SILENT).outranking(CLIENT_STALLED),
                rule(Weight.ABSENCE, AuthenticationRules::serverSilent, SERVER_SLOW_PHASE, TCP_HIGH_RTT));
    }

    /// [MS-RDPBCGR] 2.2.10.2 AUTHZ_ACCESS_DENIED.
    private static final int DENIED = 5;

    private AuthenticationRules() {}

    private static AuthenticationFacts facts(Case c) {
        return c.attempt().authentication();
    }

    private static String slow(double answeredAfter) {
        return answeredAfter >= Limits.SLOW_LOGON_SECONDS
                ? "; the server took " + Quantities.duration(answeredAfter)
                        + " to say so and was waiting for something, often a domain controller"
                : "";
    }

    private static boolean ntlm(Case c) {
        return switch (facts(c).mechanism()) {
            case NTLM, NTLM_IN_SPNEGO -> true;
            case KERBEROS, NONE, NEGOTIATING, RDSTLS, AAD -> false;
        };
    }

    private static String method(Case c) {
        return switch (facts(c).mechanism()) {
            case NTLM, NTLM_IN_SPNEGO -> "NTLM";
            case KERBEROS -> "Kerberos";
            case NONE, NEGOTIATING, RDSTLS, AAD -> "CredSSP";
        };
    }

    private static String through(Case c) {
        return c.attempt().gateway() ? "through the gateway, " : "";
    }

    /// That an inspection product opens TLS may be why the server refuses (CredSSP binds to its key, [MS-CSSP] 3.1.5).
    private static String opened(Case c) {
        return CertificateNames.interceptor(c.attempt().tls().certificates())
                .map(product -> "; TLS is opened on the way (the certificate is by " + product + ")").orElse("");
    }

    private static Answer refusedWithStatus(Case c) {
        boolean kerberosError = StatusCodes.refuses(facts(c).kerberosError()) && !c.reached(Step.ACCEPTED)
                && !c.reached(Step.CONNECT_INITIAL);
        if (!c.reached(Step.REFUSED) && !(kerberosError && !c.ending().nobody())) {
            return CLEAR;
        }
        if (!facts(c).decrypted() && c.ending().nobody() && lacksBytes(c)) {
            return new Unclear("a record as long as a refusal came, the capture lacks bytes before it, and nobody closed");
        }
        boolean early = !c.reached(Step.AUTHENTICATE);
        double after = (c.reached(Step.REFUSED) ? c.at(Step.REFUSED) : c.ending().at())
                .secondsSince(early ? c.at(Step.TOKEN) : c.at(Step.AUTHENTICATE));
        int status = facts(c).status();
        int kerberos = facts(c).kerberosError();
        Signature signature = status != 0 ? StatusCodes.of(status, ntlm(c)) : kerberos > 0 ? StatusCodes.ofKerberos(kerberos)
                : CREDSSP_AUTH_REJECTED_ERRORCODE;
        Optional<Code> reason = status != 0 ? Optional.of(Status.of(status)) : kerberos > 0 ? Optional.of(new KerberosError(kerberos))
                : Optional.empty();
        String what = "refused the " + method(c) + " logon" + (facts(c).user().isEmpty() ? "" : " of "
                + Identity.account(facts(c).user()))
                + (status != 0
                        ? " with " + StatusCodes.says(Status.of(status))
                        : kerberos > 0 ? " with Kerberos error " + StatusCodes.says(new KerberosError(kerberos))
                        : facts(c).decrypted() ? ", without a reason (SPNEGO reject)" : " with a status code, which is encrypted")
                + (signature.equals(CREDSSP_NTLM_BLOCKED) ? "; a policy forbids NTLM here, the password was not looked at" : "");
        Finding refused = c.finding(signature, Outcome.FAILED, Phase.CREDSSP, Culprit.SERVER,
                facts(c).decrypted() ? Confidence.SEEN : Confidence.STRONGLY_SUGGESTED,
                through(c) + "the server " + what + slow(after) + opened(c)).closed(Culprit.SERVER, Closing.PDU)
                .at(c.at(early ? Step.TOKEN : Step.AUTHENTICATE), c.at(c.reached(Step.REFUSED) ? Step.REFUSED : Step.CHALLENGE));
        return new Found(reason.map(refused::because).orElse(refused));
    }

    private static boolean lacksBytes(Case c) {
        return c.client().loss().unseenAcknowledged() > 0 || c.server().loss().unseenAcknowledged() > 0
                || c.attempt().events().stream().anyMatch(event -> event.kind() == Event.Kind.TCP_GAP);
    }

    /// A domain controller refused the ticket in the clear, and the client left without a logon: that is why.
    private static Answer refusedByController(Case c) {
        boolean before = c.reached(Step.TLS_DONE) && c.selected().usesCredSsp() && !c.reached(Step.AUTHENTICATE) && !c.reached(Step.REFUSED)
                && !beyondLogon(c) && facts(c).mechanism() != AuthenticationFacts.Mechanism.KERBEROS && c.ending().byClient();
        var told = before ? c.refusedTicket() : Optional.<KerberosTrouble>empty();
        if (told.isEmpty()) {
            return CLEAR;
        }
        if (lacksBytes(c)) {
            return new Unclear("a domain controller refused a ticket, and the capture lacks bytes of what followed");
        }
        KerberosError error = new KerberosError(told.get().code());
        return new Found(c.failed(StatusCodes.ofKerberos(error.code()), Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                "the domain controller " + HOST.of(told.get().server()) + " refused the client a ticket"
                        + StatusCodes.wanted(told.get()) + " with " + StatusCodes.says(error) + ", and the client left "
                        + (c.reached(Step.CHALLENGE) ? "at the server's challenge" : "without a logon"))
                .with(Phase.CREDSSP)
                .because(error).at(c.at(Step.TLS_DONE), told.get().at(), c.ending().at()));
    }

    /// The client wanted a ticket, got no answer from any domain controller, and sent no token at all.
    private static Answer noController(Case c) {
        boolean before = c.reached(Step.TLS_DONE) && c.selected().usesCredSsp() && !c.reached(Step.TOKEN)
                && !c.reached(Step.CONNECT_INITIAL);
        var deaf = before && !c.ending().byServer() && !c.ending().byDevice() ? c.deafController() : Optional.<Contact>empty();
        if (deaf.isEmpty()) {
            return CLEAR;
        }
        Contact kdc = deaf.get();
        return new Found(c.finding(CREDSSP_KDC_UNREACHABLE, Outcome.FAILED, Phase.CREDSSP, Culprit.CLIENT, Confidence.STRONGLY_SUGGESTED,
                "the client asked the domain controller " + HOST.of(kdc.server()) + " for a ticket (port 88, "
                        + Quantities.count(kdc.tries(), "attempt")
                        + "), " + (kdc.refused().seen() ? "was turned away" : "got no answer")
                        + ", and sent no token: Kerberos is impossible from here and nothing else is allowed")
                .at(c.at(Step.TLS_DONE), kdc.first()));
    }

    private static Answer refusedWithAlert(Case c) {
        boolean alert = facts(c).answer() == AuthenticationFacts.Answer.ALERT;
        if (!alert || !c.reached(Step.AUTHENTICATE) || c.reached(Step.ACCEPTED) || c.reached(Step.REFUSED)) {
            return CLEAR;
        }
        Moment refused = refusingAlert(c).seen() ? refusingAlert(c) : c.ending().at();
        long receipt = c.client().receipts().of(c.at(Step.AUTHENTICATE).frame());
        if (receipt == Receipts.NEVER ? c.delivery(Side.CLIENT).lost().isPresent() : receipt > refused.frame()) {
            return CLEAR; // no answer to what had not arrived
        }
        double after = refused.secondsSince(c.at(Step.AUTHENTICATE));
        boolean leftBefore = c.ending().byClient() && refused.isAfter(c.ending().at());
        return new Found(c.finding(CREDSSP_AUTH_REJECTED_ALERT, Outcome.FAILED, Phase.CREDSSP, Culprit.SERVER,
                Confidence.STRONGLY_SUGGESTED,
                "the server answered the " + method(c) + " logon with a TLS alert: refused, without a reason"
                        + slow(after) + (leftBefore ? "; the client had left "
                                + Quantities.duration(refused.secondsSince(c.ending().at()))
                                + " before" : "")
                        + opened(c))
                .closed(leftBefore ? Culprit.CLIENT : Culprit.SERVER, leftBefore ? c.ending().how() : Closing.ALERT)
                .at(c.at(Step.AUTHENTICATE), refused));
    }

    /// The server's alert in answer to the logon, [Moment#NEVER] if there was none.
    static Moment refusingAlert(Case c) {
        boolean refused = facts(c).answer() == AuthenticationFacts.Answer.ALERT && c.reached(Step.AUTHENTICATE);
        return !refused ? Moment.NEVER : c.attempt().tls().alerts().stream()
                .filter(alert -> alert.from() == Side.SERVER && alert.at().isAfter(c.at(Step.AUTHENTICATE))).map(TlsFacts.AlertSeen::at)
                .findFirst().orElse(Moment.NEVER);
    }

    private static Answer refusedByClosing(Case c) {
        boolean waiting = c.reached(Step.AUTHENTICATE) && !c.reached(Step.ACCEPTED) && !c.reached(Step.REFUSED);
        if (!waiting || !c.endedByServersWill() || facts(c).answer() == AuthenticationFacts.Answer.ALERT) {
            return CLEAR;
        }
        double after = c.ending().at().secondsSince(c.at(Step.AUTHENTICATE));
        return new Found(c.failed(CREDSSP_AUTH_REJECTED_CLOSE, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                "the server closed " + Quantities.duration(after) + " after the " + method(c)
                        + " logon instead of answering: refused, or its logon service failed" + slow(after) + opened(c))
                .at(c.at(Step.AUTHENTICATE)));
    }

    /// The server said something and closed before the client could go on: what it said was no acceptance, however long it was.
    private static Answer refusedBehindAnswer(Case c) {
        boolean answered = c.reached(Step.CHALLENGE) || c.reached(Step.ACCEPTED);
        boolean wentOn = c.reached(Step.CREDENTIALS) && !c.ending().nobody() && c.at(Step.CREDENTIALS).frame() < c.ending().at().frame()
                || c.reached(Step.AUTHENTICATE) && !c.reached(Step.ACCEPTED);
        if (!answered || wentOn || c.reached(Step.REFUSED) || beyondLogon(c) || !c.endedByServersWill()) {
            return CLEAR;
        }
        Moment answer = c.reached(Step.ACCEPTED) ? c.at(Step.ACCEPTED) : c.at(Step.CHALLENGE);
        double after = c.ending().at().secondsSince(answer);
        if (after >= Limits.HUMAN_SECONDS) {
            return CLEAR;
        }
        return new Found(c.failed(CREDSSP_AUTH_REJECTED_CLOSE, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                "the server closed " + Quantities.duration(after) + " behind its own answer to the " + method(c)
                        + " logon, before the client could go on: refused, or its logon service failed")
                .at(answer, c.ending().at()));
    }

    /// The client asked for a session: the logon was over, whatever the capture lacks of it.
    private static boolean beyondLogon(Case c) {
        return c.attempt().furthest().filter(step -> step.compareTo(Step.CONNECT_INITIAL) >= 0).isPresent();
    }

    private static Answer closedAtNegotiate(Case c) {
        if (!c.reached(Step.TOKEN) || c.reached(Step.AUTHENTICATE) || c.reached(Step.REFUSED) || !c.endedByServersWill()
                || c.reached(Step.CHALLENGE)) {
            return CLEAR;
        }
        return new Found(c.failed(CREDSSP_SERVER_CLOSE_AT_NEGOTIATE, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                "the server closed on the client's " + method(c) + " token, before any answer to it").at(c.at(Step.TOKEN)));
    }

    private static Answer clientLeftAtChallenge(Case c) {
        if (!c.reached(Step.CHALLENGE) || c.reached(Step.AUTHENTICATE) || c.reached(Step.REFUSED) || !c.ending().byClient()
                || beyondLogon(c)) {
            return CLEAR;
        }
        if (c.outOfPatience()) {
            return new Found(slowPath(c));
        }
        return new Found(c.failed(CREDSSP_CLIENT_CLOSE_AT_CHALLENGE, Culprit.CLIENT, Confidence.STRONGLY_SUGGESTED,
                "the client closed the connection on the server's CredSSP challenge: a policy of the client (NTLM, delegation, patch"
                        + " level), or somebody cancelled")
                .at(c.at(Step.CHALLENGE)));
    }

    private static Finding slowPath(Case c) {
        return c.failed(TCP_HIGH_RTT, Culprit.PATH, Confidence.STRONGLY_SUGGESTED, "the client ran out of patience: a round trip takes "
                + Quantities.duration(c.attempt().tcp().rttNanos() / 1e9) + ", and the handshake needs more than a dozen of them");
    }

    /// TLS is up, and the client does not begin the logon: somebody is being asked, or its logon is stuck.
    private static Answer noToken(Case c) {
        Moment up = c.at(Step.TLS_DONE);
        boolean begun = c.reached(Step.TOKEN) || c.reached(Step.CONNECT_INITIAL) || c.client().lastPayload().isAfter(up);
        if (!up.seen() || c.response().isEmpty() || !c.selected().usesCredSsp() || begun || c.withGateway() || c.ending().byClient()
                || c.ending().byDevice() || c.attempt().tcp().oneDirection()) {
            return CLEAR;
        }
        double waited = c.waited(up);
        if (c.ending().byServer() ? c.clientOwedFor() == 0 : waited < Limits.PATIENCE_SECONDS) {
            return c.ending().nobody() ? new Unclear("the capture ends " + Quantities.duration(waited) + " after TLS was up") : CLEAR;
        }
        if (!c.delivery(Side.SERVER).acknowledged() || !c.delivery(Side.CLIENT).acknowledged() || c.keepAliveUnanswered()) {
            return new Unclear("not everything is acknowledged: the path may be dead");
        }
        return new Found(c.finding(CREDSSP_NO_CLIENT_TOKEN, Outcome.ABANDONED, Phase.CREDSSP, Culprit.CLIENT, Confidence.STRONGLY_SUGGESTED,
                "the client did not begin the logon within " + Quantities.duration(waited) + (c.ending().byServer()
                        ? ", and the server closed" : "") + ": somebody is being asked for a password or PIN, or its logon is stuck")
                .at(up, c.ending().at()));
    }

    /// The server has proven itself, and the client does not hand over credentials.
    private static Answer clientLeftAfterAcceptance(Case c) {
        if (!c.reached(Step.ACCEPTED) || c.reached(Step.CREDENTIALS) || !c.ending().byClient() || beyondLogon(c)) {
            return CLEAR;
        }
        double after = c.ending().at().secondsSince(c.at(Step.ACCEPTED));
        if (after >= Limits.HUMAN_SECONDS) {
            return new Found(c.finding(TLS_CLIENT_PROMPT_RECONNECT, Outcome.ABANDONED, Phase.CREDSSP, Culprit.CLIENT,
                    Confidence.STRONGLY_SUGGESTED, "the server accepted the logon; the client left " + Quantities.duration(after)
                            + " later without sending the credentials, as when a warning about the server's identity is shown")
                    .at(c.at(Step.ACCEPTED), c.ending().at()));
        }
        if (c.surroundings().neighbours().trusted(c.attempt()) && !c.reached(Step.CONNECT_INITIAL)) {
            return new Found(c.failed(CREDSSP_DELEGATION_POLICY, Culprit.CLIENT, Confidence.STRONGLY_SUGGESTED, "the client left "
                    + Quantities.duration(after) + " after the server had accepted, without sending credentials; with the same certificate"
                    + " of the server"
                    + " another connection did send them, so nobody sits between: a policy of this client forbids it")
                    .at(c.at(Step.ACCEPTED)));
        }
        return new Found(c.failed(CREDSSP_PUBKEY_MISMATCH, Culprit.CLIENT, Confidence.STRONGLY_SUGGESTED,
                "the client left " + Quantities.duration(after)
                        + " after the server had accepted, without sending credentials: the server's key"
                        + " is not the one of the TLS session (interception), or the client may not delegate")
                .at(c.at(Step.ACCEPTED)));
    }

    /// [MS-RDPBCGR] 2.2.10.2: 0 lets the user in, 5 does not. Where the value cannot be read, what the client does tells: one that
    /// is not let in closes at once.
    private static Answer notAuthorized(Case c) {
        int result = facts(c).earlyAuthorization();
        boolean atOnce = c.ending().byClient() && c.ending().at().secondsSince(c.at(Step.EARLY_AUTHORIZATION)) < Limits.HUMAN_SECONDS;
        boolean likely = result < 0 && c.reached(Step.EARLY_AUTHORIZATION) && !beyondLogon(c) && atOnce;
        if (result != DENIED && !likely) {
            return CLEAR;
        }
        boolean read = result == DENIED;
        return new Found(c.failed(HYBRIDEX_ACCESS_DENIED, Culprit.SERVER, read ? Confidence.SEEN : Confidence.STRONGLY_SUGGESTED,
                "the password was right, the user may not log on remotely: the server's authorization result"
                        + (read ? " says access denied" : " came and the client closed at once"))
                .at(c.at(Step.EARLY_AUTHORIZATION)));
    }

    /// The authorization result came, and no session was asked for: the server broke off, or the client left for its own reasons.
    private static Answer endedAfterAuthorization(Case c) {
        if (!c.reached(Step.EARLY_AUTHORIZATION) || beyondLogon(c) || facts(c).earlyAuthorization() == DENIED) {
            return CLEAR;
        }
        double after = c.ending().at().secondsSince(c.at(Step.EARLY_AUTHORIZATION));
        String result = " authorization result" + (facts(c).earlyAuthorization() == 0 ? ", which lets the user in" : "");
        if (c.ending().byServer() && after < Limits.PATIENCE_SECONDS) {
            return new Found(c.failed(CREDSSP_AFTER_CREDS_CLOSE, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                    "the server closed " + Quantities.duration(after) + " after its" + result
                            + ", and before the client asked for a session: its session service failed")
                    .at(c.at(Step.EARLY_AUTHORIZATION), c.ending().at()));
        }
        if (!c.ending().byClient()) {
            return CLEAR;
        }
        return new Found(c.finding(CLIENT_LEFT_BEFORE_SESSION, Outcome.ABANDONED, Phase.CREDSSP, Culprit.CLIENT,
                Confidence.STRONGLY_SUGGESTED, "the client left " + Quantities.duration(after)
                        + " after the server's" + result + ", without asking for a session")
                .at(c.at(Step.EARLY_AUTHORIZATION), c.ending().at()));
    }

    private static boolean afterCredentials(Case c) {
        boolean intoClosed = c.ending().byServer() && c.ending().at().frame() < c.at(Step.CREDENTIALS).frame();
        return c.reached(Step.CREDENTIALS) && !c.reached(Step.EARLY_AUTHORIZATION) && !beyondLogon(c) && !intoClosed;
    }

    private static Answer closedAfterCredentials(Case c) {
        boolean resultDue = c.selected().has(Protocols.HYBRID_EX);
        double waited = c.waited(c.at(Step.CREDENTIALS));
        if (afterCredentials(c) && resultDue && !c.ending().byServer() && !c.ending().byDevice() && waited >= Limits.PATIENCE_SECONDS
                && c.delivery(Side.CLIENT).acknowledged() && !c.keepAliveUnanswered()) {
            return new Found(c.failed(HYBRIDEX_NO_RESULT, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                    "the server's authorization result did not come within " + Quantities.duration(waited)
                            + "; it had accepted the logon, and the credentials arrived")
                    .at(c.at(Step.CREDENTIALS)));
        }
        if (!afterCredentials(c) || !c.endedByServersWill()) {
            return CLEAR;
        }
        Signature signature = resultDue ? HYBRIDEX_NO_RESULT : CREDSSP_AFTER_CREDS_CLOSE;
        return new Found(c.failed(signature, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                "the server closed after it had accepted the logon, behind the client's credentials").at(c.at(Step.CREDENTIALS)));
    }

    private static Answer credentialsOnly(Case c) {
        if (!afterCredentials(c) || !c.ending().byClient()) {
            return CLEAR;
        }
        return new Found(c.finding(CREDSSP_CREDENTIALS_ONLY, Outcome.ABANDONED, Phase.CREDSSP, Culprit.NONE, Confidence.STRONGLY_SUGGESTED,
                "the logon was accepted and the client left without asking for a session: a check of credentials")
                .at(c.at(Step.CREDENTIALS), c.ending().at()));
    }

    /// The last word was the server's, the client owes the next ([MS-CSSP] 3.1.5) and does not say it; the server's timer ends it.
    private static Answer clientStopped(Case c) {
        Moment answer = c.reached(Step.EARLY_AUTHORIZATION) ? c.at(Step.EARLY_AUTHORIZATION)
                : c.reached(Step.CREDENTIALS) || c.reached(Step.REFUSED) ? Moment.NEVER
                : c.reached(Step.ACCEPTED) ? c.at(Step.ACCEPTED) : c.reached(Step.AUTHENTICATE) ? Moment.NEVER : c.at(Step.CHALLENGE);
        if (!answer.seen() || beyondLogon(c) || c.ending().byClient() || c.ending().byDevice() || facts(c).earlyAuthorization() == DENIED
                || c.client().lastPayload().isAfter(answer) || c.attempt().tcp().oneDirection()) {
            return CLEAR;
        }
        double waited = c.waited(answer);
        if (waited < Limits.PATIENCE_SECONDS) {
            return c.ending().nobody() ? new Unclear("the capture ends " + Quantities.duration(waited) + " after the server's answer")
                    : CLEAR;
        }
        if (c.retriedInVain() || c.keepAliveUnanswered() || c.delivery(Side.SERVER).lost().isPresent() || lacksBytes(c)) {
            return new Unclear("whether the server's answer reached the client is open");
        }
        return new Found(c.failed(CREDSSP_CLIENT_SILENT, Culprit.CLIENT, Confidence.STRONGLY_SUGGESTED,
                "the client, whose turn it was, sent nothing"
                        + " within " + Quantities.duration(waited) + " after the server's answer to the " + method(c) + " logon"
                        + (c.ending().byServer() ? ", and the server closed" : "") + ": the client hangs, or somebody is being asked")
                .at(answer, c.ending().at()));
    }

    /// The last word was the client's, it arrived, and nothing came.
    private static Answer serverSilent(Case c) {
        boolean waiting = c.reached(Step.TOKEN) && !c.reached(Step.CHALLENGE) || c.reached(Step.AUTHENTICATE) && !c.reached(Step.ACCEPTED);
        if (!waiting || c.reached(Step.REFUSED) || c.ending().byServer() || c.ending().byDevice() || !c.delivery(Side.CLIENT).acknowledged()
                || c.delivery(Side.SERVER).answerLost() || facts(c).answer() == AuthenticationFacts.Answer.ALERT || c.attempt().tcp()
                        .oneDirection()) {
            return CLEAR;
        }
        if (c.server().loss().unseenAcknowledged() > 0) {
            return new Unclear("the client acknowledged " + Quantities.count(c.server().loss().unseenAcknowledged(), "byte")
                    + " of the server's that the capture lacks: it did answer");
        }
        if (c.keepAliveUnanswered()) {
            return new Unclear("a keep-alive is still unanswered: the path may be dead");
        }
        boolean authenticated = c.reached(Step.AUTHENTICATE);
        double waited = c.waited(c.at(authenticated ? Step.AUTHENTICATE : Step.TOKEN));
        if (waited < Limits.PATIENCE_SECONDS) {
            return c.ending().nobody() ? new Unclear("the capture ends " + Quantities.duration(waited) + " after the client's token")
                    : c.outOfPatience() ? new Found(slowPath(c)) : CLEAR;
        }
        return new Found(c.failed(SERVER_SLOW_PHASE, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                "the server received the client's " + (authenticated ? "logon" : "first token")
                        + " (its TCP acknowledged it) and did not answer within "
                        + Quantities.duration(waited) + ": its logon service, or what that waits for, hangs")
                .at(c.at(authenticated ? Step.AUTHENTICATE : Step.TOKEN)));
    }
}
