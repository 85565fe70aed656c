package dev.rdptrace.diagnosis.rules;

import static dev.rdptrace.diagnosis.Answer.CLEAR;
import static dev.rdptrace.diagnosis.Rule.rule;
import static dev.rdptrace.diagnosis.Signature.anyPhase;
import static dev.rdptrace.diagnosis.Signature.by;
import static dev.rdptrace.diagnosis.Signature.in;
import static dev.rdptrace.diagnosis.Signature.signature;
import static dev.rdptrace.diagnosis.rules.AuthenticationRules.CLIENT_LEFT_BEFORE_SESSION;
import static dev.rdptrace.diagnosis.rules.OpeningRules.SCAN_NEG_PROBE;
import static dev.rdptrace.diagnosis.rules.PathRules.TCP_HIGH_RTT;
import static dev.rdptrace.diagnosis.rules.TlsAlertRules.TLS_FIPS_MISMATCH;
import static dev.rdptrace.diagnosis.rules.TlsRules.SERVER_SLOW_PHASE;

import dev.rdptrace.diagnosis.Answer;
import dev.rdptrace.diagnosis.Answer.Found;
import dev.rdptrace.diagnosis.Answer.Unclear;
import dev.rdptrace.diagnosis.Case;
import dev.rdptrace.diagnosis.Closing;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Limits;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.diagnosis.Quantities;
import dev.rdptrace.diagnosis.Rule;
import dev.rdptrace.diagnosis.Rule.Weight;
import dev.rdptrace.diagnosis.Signature;
import dev.rdptrace.timeline.Event;
import dev.rdptrace.timeline.Happening;
import dev.rdptrace.timeline.InnerFacts;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.license.LicensePdu;
import dev.rdptrace.wire.mcs.McsResult;
import dev.rdptrace.wire.share.DataPdu;
import dev.rdptrace.wire.share.ErrorInfo;
import dev.rdptrace.wire.share.SharePdu;
import java.util.List;
import java.util.Optional;

/// From MCS to the active session, and what the server says when it ends it.
public final class SessionRules {
    public static final Signature ERRINFO_ENCRYPTED = signature("errinfo-encrypted", anyPhase(), by(Culprit.SERVER));
    public static final Signature ERRINFO_7_SERVER_DENIED =
            signature("errinfo-7-server-denied", in(Phase.INFO, Phase.MCS, Phase.LICENSING, Phase.ACTIVATION), by(Culprit.SERVER));
    public static final Signature ERRINFO_9_INSUFFICIENT_PRIVILEGES =
            signature("errinfo-9-insufficient-privileges", in(Phase.MCS, Phase.INFO, Phase.LICENSING), by(Culprit.SERVER));
    public static final Signature ERRINFO_3_4_TIME_LIMIT = signature("errinfo-3-4-time-limit", in(Phase.SESSION), by(Culprit.SERVER));
    public static final Signature ERRINFO_5_REPLACED = signature("errinfo-5-replaced", in(Phase.SESSION), by(Culprit.NONE));
    public static final Signature ERRINFO_6_OUT_OF_MEMORY = signature("errinfo-6-out-of-memory", in(Phase.INFO), by(Culprit.SERVER));
    public static final Signature ERRINFO_10_FRESH_CREDS = signature("errinfo-10-fresh-creds", in(Phase.INFO), by(Culprit.CLIENT));
    public static final Signature ERRINFO_SESSION_CRASH = signature("errinfo-session-crash", in(Phase.SESSION), by(Culprit.SERVER));
    public static final Signature ERRINFO_SHUTDOWN = signature("errinfo-shutdown", in(Phase.SESSION), by(Culprit.SERVER));
    public static final Signature ERRINFO_BROKER = signature("errinfo-broker", in(Phase.INFO), by(Culprit.SERVER));
    public static final Signature ERRINFO_OTHER = signature("errinfo-other", in(Phase.SESSION), by(Culprit.SERVER));
    public static final Signature LICENSE_NO_SERVER = signature("license-no-server", in(Phase.LICENSING), by(Culprit.SERVER));
    public static final Signature LICENSE_REFUSED_CLIENT = signature("license-refused-client", in(Phase.LICENSING), by(Culprit.SERVER));
    public static final Signature LICENSE_TIMEOUT = signature("license-timeout", in(Phase.LICENSING), by(Culprit.SERVER));
    public static final Signature CONFIRM_ACTIVE_REJECTED = signature("confirm-active-rejected", in(Phase.ACTIVATION), by(Culprit.CLIENT));
    public static final Signature STD_SECURITY_DECRYPT_FAILED =
            signature("std-security-decrypt-failed", in(Phase.SECURITY), by(Culprit.UNKNOWN));
    public static final Signature SESSION_ENDED_BY_SERVER =
            signature("session-ended-by-server", in(Phase.SESSION), by(Culprit.NONE, Culprit.SERVER));
    public static final Signature LICENSE_CLIENT_REFUSES_SERVER_CERT =
            signature("license-client-refuses-server-cert", in(Phase.LICENSING), by(Culprit.SERVER));
    public static final Signature MCS_CONNECT_RESPONSE_REFUSED = signature("mcs-connect-response-refused", in(Phase.MCS),
            by(Culprit.SERVER));
    public static final Signature MCS_ATTACH_USER_FAILED = signature("mcs-attach-user-failed", in(Phase.MCS), by(Culprit.SERVER));
    public static final Signature MCS_JOIN_FAILED = signature("mcs-join-failed", in(Phase.MCS), by(Culprit.SERVER));
    public static final Signature DPU_WITHOUT_ERRINFO =
            signature("dpu-without-errinfo", in(Phase.INFO, Phase.MCS, Phase.LICENSING, Phase.ACTIVATION, Phase.SESSION),
                    by(Culprit.SERVER));
    public static final Signature MCS_CLIENT_PDU_UNREADABLE = signature("mcs-client-pdu-unreadable", in(Phase.MCS), by(Culprit.CLIENT));
    public static final Signature ACTIVATION_LOOP = signature("activation-loop", in(Phase.ACTIVATION), by(Culprit.SERVER));
    public static final Signature MCS_CI_THEN_CLOSE = signature("mcs-ci-then-close", in(Phase.MCS), by(Culprit.SERVER));
    public static final Signature CLIENT_INFO_THEN_CLOSE = signature("client-info-then-close", in(Phase.INFO), by(Culprit.SERVER));
    public static final Signature DEMAND_ACTIVE_MISSING =
            signature("demand-active-missing", in(Phase.ACTIVATION, Phase.LICENSING, Phase.INFO), by(Culprit.SERVER));
    public static final Signature MCS_JOIN_STALL = signature("mcs-join-stall", in(Phase.MCS),
            by(Culprit.SERVER, Culprit.CLIENT, Culprit.PATH));
    public static final Signature MCS_CLOSED = signature("mcs-closed", in(Phase.MCS), by(Culprit.SERVER));

    static List<Rule<Case>> all() {
        return List.of(
                rule(Weight.MESSAGE, SessionRules::errorInfo, ERRINFO_ENCRYPTED, ERRINFO_7_SERVER_DENIED,
                        ERRINFO_9_INSUFFICIENT_PRIVILEGES, ERRINFO_3_4_TIME_LIMIT, ERRINFO_5_REPLACED, ERRINFO_6_OUT_OF_MEMORY,
                        ERRINFO_10_FRESH_CREDS, ERRINFO_SESSION_CRASH, ERRINFO_SHUTDOWN, ERRINFO_BROKER, ERRINFO_OTHER, LICENSE_NO_SERVER,
                        LICENSE_REFUSED_CLIENT, LICENSE_TIMEOUT, CONFIRM_ACTIVE_REJECTED, STD_SECURITY_DECRYPT_FAILED,
                        SESSION_ENDED_BY_SERVER),
                rule(Weight.MESSAGE, SessionRules::licenseError, LICENSE_NO_SERVER, LICENSE_REFUSED_CLIENT,
                        LICENSE_CLIENT_REFUSES_SERVER_CERT),
                rule(Weight.MESSAGE, SessionRules::mcsRefused, MCS_CONNECT_RESPONSE_REFUSED, MCS_ATTACH_USER_FAILED, MCS_JOIN_FAILED)
                        .outranking(DPU_WITHOUT_ERRINFO),
                rule(Weight.MESSAGE, SessionRules::ultimatum, DPU_WITHOUT_ERRINFO),
                rule(Weight.MESSAGE, SessionRules::unreadableFromClient, MCS_CLIENT_PDU_UNREADABLE, SCAN_NEG_PROBE),
                rule(Weight.MESSAGE, SessionRules::startedAgain, ACTIVATION_LOOP),
                rule(Weight.SHAPE, SessionRules::fipsInsistedOn, TLS_FIPS_MISMATCH).outranking(CLIENT_LEFT_BEFORE_SESSION),
                rule(Weight.SHAPE, SessionRules::closedAtConnectInitial, MCS_CI_THEN_CLOSE),
                rule(Weight.SHAPE, SessionRules::standardSecurityBroken, STD_SECURITY_DECRYPT_FAILED)
                        .outranking(MCS_JOIN_STALL, DEMAND_ACTIVE_MISSING, MCS_CLOSED),
                rule(Weight.SHAPE, SessionRules::closedAtClientInfo, CLIENT_INFO_THEN_CLOSE),
                rule(Weight.SHAPE, SessionRules::closedAtConfirmActive, CONFIRM_ACTIVE_REJECTED),
                rule(Weight.SHAPE, SessionRules::closedBeforeSession, DEMAND_ACTIVE_MISSING, MCS_JOIN_STALL, MCS_CLOSED),
                rule(Weight.SHAPE, SessionRules::clientLeft, CLIENT_LEFT_BEFORE_SESSION, TCP_HIGH_RTT),
                rule(Weight.ABSENCE, SessionRules::silent, SERVER_SLOW_PHASE, DEMAND_ACTIVE_MISSING, MCS_JOIN_STALL));
    }

    /// [MS-RDPBCGR] 2.2.1.4.3 ENCRYPTION_METHOD_FIPS.
    private static final int FIPS = 0x10;

    private SessionRules() {}

    private static InnerFacts inner(Case c) {
        return c.attempt().inner();
    }

    private static boolean inside(Case c) {
        return c.reached(Step.CONNECT_INITIAL) && !c.attempt().sessionUp() && !c.attempt().tcp().oneDirection();
    }

    private static Answer errorInfo(Case c) {
        InnerFacts inner = inner(c);
        if (inner.error().code() == 0) {
            return CLEAR;
        }
        boolean up = c.attempt().sessionUp();
        if (inner.error().code() == -1) {
            if (up) {
                return CLEAR;
            }
            return new Found(c.failed(ERRINFO_ENCRYPTED, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                    "the server gave a reason (Set Error Info, judged by its size) and disconnected; which one is encrypted: "
                            + likelyReasons(c))
                    .closed(Culprit.SERVER, Closing.PDU).at(inner.error().at(), inner.disconnect().at()));
        }
        ErrorInfo error = new ErrorInfo(inner.error().code());
        Signature signature = of(error.code());
        Outcome outcome = !up ? Outcome.FAILED : sessionEnd(inner.error().code()) ? Outcome.ESTABLISHED : Outcome.INTERRUPTED;
        return new Found(c.finding(signature, outcome, up ? Phase.SESSION : c.attempt().phase(), Culprit.SERVER, Confidence.SEEN,
                "the server gave its reason: Set Error Info " + error.name() + ": " + error.meaning()
                        + (sessionEnd(inner.error().code()) ? withoutLogon(c) : ""))
                .because(error).closed(Culprit.SERVER, Closing.PDU)
                .at(inner.error().at()));
    }

    /// Which codes of [MS-RDPBCGR] 2.2.5.1.1 a server has cause to send at this point. With an early authorization result it does
    /// not ask for the right to log on again (2.2.10.2).
    private static String likelyReasons(Case c) {
        if (c.reached(Step.LICENSE_DONE) || c.reached(Step.DEMAND_ACTIVE)) {
            return "after licensing, as when another connection takes the session, the session crashes, its display fails, or the server"
                    + " denies it";
        }
        if (c.reached(Step.LICENSE)) {
            return "during licensing, so most likely about licences (0x100 to 0x10A)";
        }
        boolean letIn = c.reached(Step.EARLY_AUTHORIZATION) || c.attempt().authentication().earlyAuthorization() == 0;
        return "before licensing, as when logons are denied or drained (7), fresh credentials are wanted (0xA), memory is short (6), the"
                + " broker says no (0x4xx)" + (letIn
                        ? "; not for want of the right to log on (9), which the authorization result has settled"
                        : ", or the user has no right to log on (9)");
    }

    /// [MS-RDPBCGR] 2.2.10.1: Windows tells every logon to a client that asks for it, as its own do. With NLA one follows at once;
    /// without it what the user left was the server's own screen. Other servers tell nothing.
    private static String withoutLogon(Case c) {
        boolean told = c.attempt().told(SharePdu.Data.class).anyMatch(e -> ((SharePdu.Data) e.what())
                .body() instanceof DataPdu.SaveSession);
        boolean whole = c.attempt().sessionUp() && inner(c).decrypted() && c.server().loss().unseenAcknowledged() == 0;
        return whole && !told && c.selected().usesCredSsp() && !inner(c).redirection().seen()
                ? "; it told of no logon before that (no Save Session Info): if it is Windows, what was left was its logon screen or a"
                        + " message,"
                        + " as when it does not allow Restricted Admin or this account"
                : "";
    }

    /// Logoff and disconnect by the user or an administrator end sessions as sessions end.
    private static boolean sessionEnd(int code) {
        return code == 1 || code == 2 || code == 0xB || code == 0xC;
    }

    static Signature of(int code) {
        return switch (code) {
            case 3, 4 -> ERRINFO_3_4_TIME_LIMIT;
            case 5 -> ERRINFO_5_REPLACED;
            case 6 -> ERRINFO_6_OUT_OF_MEMORY;
            case 7 -> ERRINFO_7_SERVER_DENIED;
            case 9 -> ERRINFO_9_INSUFFICIENT_PRIVILEGES;
            case 0xA -> ERRINFO_10_FRESH_CREDS;
            case 0xF, 0x10, 0x11, 0x12, 0x17, 0x18, 0x112F -> ERRINFO_SESSION_CRASH;
            case 0x19, 0x1A -> ERRINFO_SHUTDOWN;
            case 0x101 -> LICENSE_NO_SERVER;
            case 0x100, 0x102, 0x103, 0x104, 0x105, 0x108, 0x109, 0x10A -> LICENSE_REFUSED_CLIENT;
            case 0x106, 0x107 -> LICENSE_TIMEOUT;
            case 1, 2, 0xB, 0xC -> SESSION_ENDED_BY_SERVER;
            default -> code >= 0x400 && code < 0x500 ? ERRINFO_BROKER
                    : code >= 0x10DA && code <= 0x10EA ? CONFIRM_ACTIVE_REJECTED
                    : code >= 0x1191 && code <= 0x1195 ? STD_SECURITY_DECRYPT_FAILED : ERRINFO_OTHER;
        };
    }

    private static Answer licenseError(Case c) {
        InnerFacts inner = inner(c);
        if (inner.license().error() < 0) {
            return CLEAR;
        }
        Signature signature = inner.license().from() == Side.CLIENT ? LICENSE_CLIENT_REFUSES_SERVER_CERT
                : StatusCodes.ofLicense(inner.license().error());
        return new Found(c.failed(signature, Culprit.of(inner.license().from()), Confidence.SEEN, "licensing failed: the "
                + inner.license().from() + " sent " + LicensePdu.ErrorAlert.nameOf(inner.license().error()) + " (" + inner.license().error()
                + ")").with(Phase.LICENSING));
    }

    private static Answer mcsRefused(Case c) {
        InnerFacts inner = inner(c);
        if (inner.conference().connectResult() > 0) {
            return new Found(c.failed(MCS_CONNECT_RESPONSE_REFUSED, Culprit.SERVER, Confidence.SEEN,
                    "the server's MCS Connect-Response refuses with result "
                            + new McsResult(inner.conference().connectResult()).name() + " (" + inner.conference().connectResult() + ")")
                    .with(Phase.MCS));
        }
        if (inner.conference().attachResult() > 0) {
            return new Found(c.failed(MCS_ATTACH_USER_FAILED, Culprit.SERVER, Confidence.SEEN,
                    "the server refused Attach User with result "
                            + new McsResult(inner.conference().attachResult()).name() + " (" + inner.conference().attachResult() + ")")
                    .with(Phase.MCS));
        }
        if (inner.conference().joinFailures() > 0 && inside(c)) {
            return new Found(c.failed(MCS_JOIN_FAILED, Culprit.SERVER, Confidence.SEEN,
                    "the server refused " + Quantities.count(inner.conference().joinFailures(), "channel join")).with(Phase.MCS));
        }
        return CLEAR;
    }

    private static Answer ultimatum(Case c) {
        InnerFacts inner = inner(c);
        // Before the client went on, that is; to what it then said that could not be read, another rule answers.
        boolean answered = c.reached(Step.CONFIRM) && c.failure().isEmpty() && !c.selected().usesTls() && !c.attempt().sessionUp()
                && !c.attempt().tcp().oneDirection()
                && c.client().receipts().lastBefore(inner.disconnect().at().frame()) <= c.at(Step.CONFIRM).frame();
        if (!inside(c) && !answered || !inner.disconnect().at().seen() || inner.disconnect().from() != Side.SERVER || inner.error()
                .code() != 0) {
            return CLEAR;
        }
        if (c.attempt().tcp().cutPayload() > 0) {
            return new Unclear("the server disconnected, but packets are cut short: the session may have been up");
        }
        if (unreadableFromClient(c) instanceof Found) {
            return CLEAR; // there is a reason: what the client sent
        }
        return new Found(c.failed(DPU_WITHOUT_ERRINFO, Culprit.SERVER, inner.decrypted() ? Confidence.SEEN : Confidence.STRONGLY_SUGGESTED,
                "the server disconnected after " + said(c) + " without giving a reason (MCS Disconnect Provider Ultimatum)")
                .closed(Culprit.SERVER, Closing.PDU).at(c.lastStep(), inner.disconnect().at()));
    }

    private static String said(Case c) {
        return c.attempt().furthest().map(Step::says).orElse("the request");
    }

    /// T.125 7: after security the client's first message is a Connect-Initial, and a server drops whoever sends something else.
    private static Answer unreadableFromClient(Case c) {
        if (!c.reached(Step.CONFIRM) || c.failure().isPresent() || c.reached(Step.CONNECT_INITIAL) || c.attempt().sessionUp()
                || c.attempt().tcp().oneDirection() || c.attempt().midStart() || c.withGateway()) {
            return CLEAR;
        }
        Optional<Event> unreadable = c.attempt().events().stream().filter(event -> event.kind() == Event.Kind.UNEXPECTED
                && event.from().equals("client") && event.phase() == Phase.MCS && event.at().isAfter(c.at(Step.CONFIRM))).findFirst();
        if (unreadable.isEmpty()) {
            return CLEAR;
        }
        if (c.client().loss().unseenAcknowledged() + c.client().loss().holeBytes() + c.attempt().tcp().cutPayload() > 0) {
            return new Unclear("a message of the client cannot be read, but the capture lacks bytes");
        }
        double waited = c.waited(unreadable.get().at());
        boolean silent = !c.ending().byServer() && waited >= Limits.PATIENCE_SECONDS && c.delivery(Side.CLIENT).acknowledged();
        if (!c.ending().byServer() && !silent) {
            return CLEAR;
        }
        boolean nobodysName = c.attempt().x224().request().map(cr -> cr.cookieName().isEmpty() && !cr.carriesToken()).orElse(false);
        String how = silent ? "did not answer within " + Quantities.duration(waited) : switch (c.ending().how()) {
            case PDU -> "disconnected (MCS Disconnect Provider Ultimatum)";
            case RST -> "reset the connection";
            default -> "closed";
        };
        return new Found(c.finding(nobodysName ? SCAN_NEG_PROBE : MCS_CLIENT_PDU_UNREADABLE, nobodysName ? Outcome.PROBE : Outcome.FAILED,
                Phase.MCS, Culprit.CLIENT, silent ? Confidence.STRONGLY_SUGGESTED : Confidence.SEEN,
                "the client's first message after the negotiation is no MCS Connect-Initial ("
                        + words(unreadable.get().what()) + "), and the server " + how
                        + (nobodysName ? ": a scanner or a check for a weakness, as it names no user" : ""))
                .at(c.at(Step.CONFIRM), unreadable.get().at(), c.ending().at()));
    }

    private static String words(Object unreadable) {
        return switch (unreadable) {
            case Happening.Unreadable pdu -> pdu.says();
            case Happening.Note note -> note.says();
            default -> "another PDU";
        };
    }

    private static Answer startedAgain(Case c) {
        int begun = Activations.within(c);
        if (!inside(c) || begun < Activations.LOOP) {
            return CLEAR;
        }
        return new Found(c.failed(ACTIVATION_LOOP, Culprit.SERVER, Confidence.SEEN, "the server began the session " + begun
                + " times (Demand Active) and never finished").with(Phase.ACTIVATION));
    }

    /// [MS-RDPBCGR] 5.3.2: the server takes the strongest method that the client offered, or FIPS because it must.
    private static Answer fipsInsistedOn(Case c) {
        boolean left = c.reached(Step.CONNECT_RESPONSE) && !c.reached(Step.ERECT_DOMAIN) && !c.reached(Step.ATTACH_USER) && c.ending()
                .byClient();
        boolean offered = (inner(c).encryption().offered() & FIPS) != 0; // also where the offer is not known
        if (!inside(c) || inner(c).encryption().method() != FIPS || offered || !left || inner(c).conference().connectResult() > 0) {
            return CLEAR;
        }
        return new Found(c.failed(TLS_FIPS_MISMATCH, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                "the server insists on FIPS encryption of Standard"
                        + " RDP Security (method 0x10), which the client did not offer, and the client left")
                .with(Phase.MCS)
                .at(c.at(Step.CONNECT_RESPONSE)));
    }

    private static Answer closedAtConnectInitial(Case c) {
        if (!inside(c) || c.reached(Step.CONNECT_RESPONSE) || !c.endedByServersWill()) {
            return CLEAR;
        }
        return new Found(c.failed(MCS_CI_THEN_CLOSE, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                "the server closed on the client's MCS Connect-Initial without an answer").at(c.at(Step.CONNECT_INITIAL)));
    }

    private static Answer standardSecurityBroken(Case c) {
        if (!inside(c) || !c.reached(Step.SECURITY_EXCHANGE) || c.reached(Step.LICENSE) || c.reached(Step.DEMAND_ACTIVE)
                || !c.endedByServersWill() || inner(c).disconnect().at().seen()) {
            return CLEAR;
        }
        return new Found(c.failed(STD_SECURITY_DECRYPT_FAILED, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                "the server closed as soon as encrypted data of Standard RDP Security reached it: the two do not agree on the encryption"));
    }

    private static Answer closedAtClientInfo(Case c) {
        if (!inside(c) || !c.reached(Step.CLIENT_INFO) || c.reached(Step.LICENSE) || c.reached(Step.DEMAND_ACTIVE)
                || !c.endedByServersWill() || c.reached(Step.SECURITY_EXCHANGE)) {
            return CLEAR;
        }
        return new Found(c.failed(CLIENT_INFO_THEN_CLOSE, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                "the server closed right after the Client Info PDU, which carries the logon"));
    }

    private static Answer closedAtConfirmActive(Case c) {
        if (!inside(c) || !c.reached(Step.CONFIRM_ACTIVE) || !c.endedByServersWill()) {
            return CLEAR;
        }
        return new Found(c.failed(CONFIRM_ACTIVE_REJECTED, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                "the server closed on the client's capabilities (Confirm Active)"));
    }

    private static Answer closedBeforeSession(Case c) {
        boolean named = !c.reached(Step.CONNECT_RESPONSE) || c.reached(Step.CONFIRM_ACTIVE)
                || c.reached(Step.CLIENT_INFO) && !c.reached(Step.LICENSE) && !c.reached(Step.DEMAND_ACTIVE);
        if (!inside(c) || named || !c.endedByServersWill()) {
            return CLEAR;
        }
        Signature signature = c.reached(Step.LICENSE) ? DEMAND_ACTIVE_MISSING : c.reached(Step.CHANNEL_JOIN) ? MCS_JOIN_STALL : MCS_CLOSED;
        return new Found(c.failed(signature, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED, "the server closed after " + said(c)
                + ", before the session was up"));
    }

    private static Answer clientLeft(Case c) {
        if (!inside(c) || !c.ending().byClient()) {
            return CLEAR;
        }
        double waited = c.waited(c.lastStep());
        if (c.outOfPatience()) {
            return new Found(c.failed(TCP_HIGH_RTT, Culprit.PATH, Confidence.STRONGLY_SUGGESTED,
                    "the client gave up before the session was up:"
                            + " a round trip takes " + Quantities.duration(c.attempt().tcp().rttNanos() / 1e9)
                            + ", and the handshake needs more than a dozen of them"));
        }
        if (waited >= Limits.PATIENCE_SECONDS && c.owes().filter(side -> side == Side.CLIENT).isEmpty()) {
            return CLEAR;
        }
        if (c.ending().how() == Closing.RST && waited < Limits.HUMAN_SECONDS) {
            return new Found(c.failed(CLIENT_LEFT_BEFORE_SESSION, Culprit.CLIENT, Confidence.STRONGLY_SUGGESTED,
                    "the client's program gave up "
                            + Quantities.duration(waited) + " after " + said(c) + ", before the session was up: it reset the connection"));
        }
        return new Found(c.finding(CLIENT_LEFT_BEFORE_SESSION, Outcome.ABANDONED, c.attempt().phase(), Culprit.CLIENT,
                Confidence.STRONGLY_SUGGESTED, "the client left after " + said(c) + ", before the session was up").at(c.ending().at()));
    }

    private static Answer silent(Case c) {
        if (!inside(c) || c.ending().byServer() || c.ending().byDevice()) {
            return CLEAR;
        }
        if (c.owes().filter(side -> side == Side.CLIENT).isPresent() || c.delivery(Side.SERVER).answerLost()) {
            return CLEAR;
        }
        if (c.server().lastPayload().isAfter(c.lastStep()) && c.waited(c.server().lastPayload()) < Limits.PATIENCE_SECONDS) {
            return new Unclear("the server went on sending after " + said(c) + "; what it sent was not read");
        }
        if (c.server().lastPayload().isAfter(c.lastStep()) && c.attempt().tcp().cutPayload() > 0) {
            return new Unclear("what the two said after " + said(c) + " is in packets that are cut short");
        }
        double waited = c.waited(c.server().lastPayload().isAfter(c.lastStep()) ? c.server().lastPayload() : c.lastStep());
        if (waited < Limits.PATIENCE_SECONDS) {
            return c.ending().nobody() ? new Unclear("the capture ends " + Quantities.duration(waited) + " after " + said(c)) : CLEAR;
        }
        if (!c.delivery(Side.CLIENT).acknowledged() || c.keepAliveUnanswered()) {
            return CLEAR; // the path's doing, if anybody's
        }
        Signature signature = c.reached(Step.LICENSE) ? DEMAND_ACTIVE_MISSING : c.reached(Step.CHANNEL_JOIN) && !c.reached(Step.CLIENT_INFO)
                ? MCS_JOIN_STALL : SERVER_SLOW_PHASE;
        Step last = c.attempt().furthest().orElseThrow();
        boolean spoken = last.from() == Side.SERVER && c.client().lastPayload().isAfter(c.lastStep());
        return new Found(c.failed(signature, Culprit.SERVER, Confidence.STRONGLY_SUGGESTED,
                "the server said nothing for " + Quantities.duration(waited) + ": " + (spoken ? "its TCP took the client's answer to its "
                        : last.from() == Side.CLIENT ? "its TCP took the client's " : "it sent its ") + last.says()
                        + (spoken || last.from() == Side.CLIENT ? "" : " last")));
    }

    // ---- the session was up ----
}
