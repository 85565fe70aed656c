package dev.rdptrace.diagnosis.rules;

import static dev.rdptrace.diagnosis.Answer.CLEAR;
import static dev.rdptrace.diagnosis.Rule.rule;
import static dev.rdptrace.diagnosis.Signature.by;
import static dev.rdptrace.diagnosis.Signature.in;
import static dev.rdptrace.diagnosis.Signature.signature;
import static dev.rdptrace.diagnosis.rules.OpeningRules.TLS_CLIENT_REJECTS_CERT;
import static dev.rdptrace.diagnosis.rules.SessionRules.MCS_CI_THEN_CLOSE;
import static dev.rdptrace.diagnosis.rules.TlsRules.TLS_AFTER_CKE_EPHEMERAL;
import static dev.rdptrace.diagnosis.rules.TlsRules.TLS_AFTER_CKE_RST;

import dev.rdptrace.diagnosis.Answer;
import dev.rdptrace.diagnosis.Answer.Found;
import dev.rdptrace.diagnosis.Case;
import dev.rdptrace.diagnosis.Closing;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Finding;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.diagnosis.Rule;
import dev.rdptrace.diagnosis.Rule.Weight;
import dev.rdptrace.diagnosis.Signature;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.timeline.TlsFacts;
import dev.rdptrace.timeline.TlsFacts.AlertSeen;
import dev.rdptrace.wire.tls.Alert;
import dev.rdptrace.wire.tls.ClientHello;
import dev.rdptrace.wire.tls.TlsVersion;
import java.util.List;

/// What the ends of a TLS handshake say when they give it up: alerts (RFC 8446 6, RFC 5246 7.2), and certificates asked for in vain.
public final class TlsAlertRules {
    public static final Signature TLS_ALERT_40_HANDSHAKE_FAILURE =
            signature("tls-alert-40-handshake-failure", in(Phase.TLS), by(Culprit.SERVER, Culprit.CLIENT));
    public static final Signature TLS_ALERT_70_VERSION = signature("tls-alert-70-version", in(Phase.TLS),
            by(Culprit.CLIENT, Culprit.SERVER));
    public static final Signature TLS_ALERT_80_INTERNAL = signature("tls-alert-80-internal", in(Phase.TLS),
            by(Culprit.SERVER, Culprit.CLIENT));
    public static final Signature TLS_ALERT_MAC = signature("tls-alert-mac", in(Phase.TLS), by(Culprit.UNKNOWN, Culprit.PATH));
    public static final Signature TLS_CLIENT_CERT_REQUESTED = signature("tls-client-cert-requested", in(Phase.TLS), by(Culprit.CLIENT));
    public static final Signature TLS_FIPS_MISMATCH = signature("tls-fips-mismatch", in(Phase.TLS), by(Culprit.CLIENT, Culprit.SERVER));
    public static final Signature TLS_ALERT_OTHER =
            signature("tls-alert-other", in(Phase.TLS), by(Culprit.UNKNOWN, Culprit.SERVER, Culprit.CLIENT));
    public static final Signature TLS_CERT_KEY_MISMATCH = signature("tls-cert-key-mismatch", in(Phase.TLS), by(Culprit.SERVER));
    public static final Signature TLS_LEGACY_SERVER_ONLY = signature("tls-legacy-server-only", in(Phase.TLS), by(Culprit.SERVER));

    static List<Rule<Case>> all() {
        return List.of(
                rule(Weight.MESSAGE, TlsAlertRules::alert, TLS_ALERT_40_HANDSHAKE_FAILURE, TLS_ALERT_70_VERSION, TLS_ALERT_80_INTERNAL,
                        TLS_ALERT_MAC, TLS_CLIENT_REJECTS_CERT, TLS_CLIENT_CERT_REQUESTED, TLS_FIPS_MISMATCH, TLS_ALERT_OTHER,
                        TLS_CERT_KEY_MISMATCH, TLS_LEGACY_SERVER_ONLY),
                rule(Weight.SHAPE, TlsAlertRules::clientCertificate, TLS_CLIENT_CERT_REQUESTED)
                        .outranking(MCS_CI_THEN_CLOSE, TLS_AFTER_CKE_EPHEMERAL, TLS_AFTER_CKE_RST));
    }

    private static final int UNEXPECTED_MESSAGE = 10;
    private static final int BAD_RECORD_MAC = 20;
    private static final int DECRYPTION_FAILED = 21;
    private static final int RECORD_OVERFLOW = 22;
    private static final int HANDSHAKE_FAILURE = 40;
    private static final int FIRST_CERTIFICATE_ALERT = 42;
    private static final int LAST_CERTIFICATE_ALERT = 46;
    private static final int ILLEGAL_PARAMETER = 47;
    private static final int UNKNOWN_CA = 48;
    private static final int DECODE_ERROR = 50;
    private static final int DECRYPT_ERROR = 51;
    private static final int PROTOCOL_VERSION = 70;
    private static final int INTERNAL_ERROR = 80;
    private static final int INAPPROPRIATE_FALLBACK = 86;
    private static final int MISSING_EXTENSION = 109;
    private static final int UNSUPPORTED_EXTENSION = 110;
    private static final int CERTIFICATE_REQUIRED = 116;

    private TlsAlertRules() {}

    private static Answer alert(Case c) {
        if (!c.reached(Step.CLIENT_HELLO) || c.reached(Step.TLS_DONE) && !mayRefuseLate(c)) {
            return CLEAR;
        }
        for (AlertSeen alert : c.attempt().tls().alerts()) {
            boolean counts = !c.reached(Step.TLS_DONE) || alert.from() == Side.SERVER && ofCertificates(alert.code());
            if (counts && !alert.encrypted() && (alert.level() == Alert.FATAL || alert.code() == INTERNAL_ERROR)) {
                return new Found(readable(c, alert));
            }
        }
        return CLEAR;
    }

    /// In TLS 1.3 a client is done with its Finished; what the server says to that, and to the certificate before it, comes later
    /// (RFC 8446 4.4.2.4), and nothing else of the server's may have come before.
    static boolean mayRefuseLate(Case c) {
        return c.reached(Step.TLS_DONE) && c.attempt().tls().serverHello().filter(hello -> hello.version().is13()).isPresent()
                && c.attempt().steps().keySet().stream().noneMatch(step -> step.from() == Side.SERVER && step.compareTo(Step.TLS_DONE) > 0);
    }

    private static boolean ofCertificates(int alert) {
        return alert >= FIRST_CERTIFICATE_ALERT && alert <= LAST_CERTIFICATE_ALERT || alert == UNKNOWN_CA || alert == CERTIFICATE_REQUIRED;
    }

    private static Finding readable(Case c, AlertSeen alert) {
        String name = new Alert(alert.level(), alert.code()).name();
        String sent = "the " + alert.from() + " ended the TLS handshake with alert " + alert.code() + " (" + name + ")";
        Culprit sender = Culprit.of(alert.from());
        Finding finding = switch (alert.code()) {
            case HANDSHAKE_FAILURE -> FipsSuites.missing(c)
                    .map(why -> seen(c, TLS_FIPS_MISMATCH, Culprit.CLIENT, sent + ": " + why).with(Confidence.STRONGLY_SUGGESTED))
                    .orElseGet(() -> seen(c, TLS_ALERT_40_HANDSHAKE_FAILURE, oldClient(c) ? Culprit.CLIENT : Culprit.SERVER,
                            sent + (alert.from() == Side.CLIENT && c.reached(Step.SERVER_HELLO)
                                    ? ": it does not accept what the server chose, its group or its signature" + chosen(c)
                                    : ": no cipher suite, group or signature algorithm in common" + offered(c))));
            case PROTOCOL_VERSION -> alert.from() == Side.CLIENT && oldServer(c)
                    ? seen(c, TLS_LEGACY_SERVER_ONLY, Culprit.SERVER, sent + ": the server chose "
                            + c.attempt().tls().serverHello().map(hello -> hello.version().name()).orElse("")
                            + ", which this client no longer accepts")
                    : seen(c, TLS_ALERT_70_VERSION, oldClient(c) ? Culprit.CLIENT : Culprit.SERVER, sent + ": no TLS version in common"
                            + versions(c));
            case INTERNAL_ERROR -> alert.from() == Side.SERVER && oldClient(c)
                    ? seen(c, TLS_ALERT_80_INTERNAL, sender, sent
                            + ": servers that no longer allow old versions say it so, and the client offers "
                            + "TLS 1.1 or older only; else its own TLS failed").with(Confidence.STRONGLY_SUGGESTED)
                    : seen(c, TLS_ALERT_80_INTERNAL, sender, sent + ": its own TLS failed" + (alert.from() == Side.CLIENT ? ""
                            : ", often for want of a usable certificate or key, or of a version that it allows"));
            case BAD_RECORD_MAC, DECRYPTION_FAILED, DECRYPT_ERROR -> signatureRefused(c, alert)
                    ? seen(c, TLS_CERT_KEY_MISMATCH, Culprit.SERVER, sent
                            + " before anything was encrypted: the server's signature does not fit its"
                            + " certificate, so certificate and private key do not belong together, or somebody stands between")
                            .with(Confidence.STRONGLY_SUGGESTED)
                    : seen(c, TLS_ALERT_MAC, Culprit.UNKNOWN, sent
                            + ": what it received is not what was sent, or was sealed with another key");
            case CERTIFICATE_REQUIRED -> seen(c, TLS_CLIENT_CERT_REQUESTED, Culprit.CLIENT, sent + ": it insists on a client certificate");
            case INAPPROPRIATE_FALLBACK -> seen(c, TLS_ALERT_OTHER, Culprit.UNKNOWN, sent
                    + ": the client came back with an older version than the two can speak, because an attempt before had failed");
            case UNEXPECTED_MESSAGE, RECORD_OVERFLOW, ILLEGAL_PARAMETER, DECODE_ERROR, MISSING_EXTENSION, UNSUPPORTED_EXTENSION ->
                    seen(c, TLS_ALERT_OTHER, Culprit.UNKNOWN, sent + ": it could not make sense of what it received");
            default -> alert.code() >= FIRST_CERTIFICATE_ALERT && alert.code() <= LAST_CERTIFICATE_ALERT || alert.code() == UNKNOWN_CA
                    ? certificateAlert(c, alert, sent)
                    : seen(c, TLS_ALERT_OTHER, sender, sent);
        };
        return finding.closed(sender, Closing.ALERT).at(c.at(Step.CLIENT_HELLO), alert.at());
    }

    /// RFC 5246 7.2.2: before the client has encrypted anything, all that can fail to verify is the signature of the server's
    /// flight, which it makes with the key of its certificate unless that key carries the key exchange itself.
    private static boolean signatureRefused(Case c, AlertSeen alert) {
        return alert.code() == DECRYPT_ERROR && alert.from() == Side.CLIENT && c.reached(Step.SERVER_HELLO)
                && !c.reached(Step.CLIENT_KEY_EXCHANGE)
                && !c.reached(Step.CLIENT_FINISHED) && c.attempt().tls().cipher().isPresent() && !TlsRules.keyUsedLate(c);
    }

    private static Finding certificateAlert(Case c, AlertSeen alert, String sent) {
        if (alert.from() == Side.CLIENT) {
            return seen(c, TLS_CLIENT_REJECTS_CERT, Culprit.CLIENT, sent + ": it does not accept the server's certificate"
                    + TlsRules.flaw(c));
        }
        boolean shown = c.reached(Step.CLIENT_KEY_EXCHANGE) || c.reached(Step.CLIENT_FINISHED);
        return shown ? seen(c, TLS_CLIENT_CERT_REQUESTED, Culprit.CLIENT, sent + ": it does not accept the client's certificate")
                : seen(c, TLS_ALERT_OTHER, Culprit.UNKNOWN, sent + " before the client had shown any certificate: it stands for a host"
                        + " behind it whose certificate it does not accept, as devices do that inspect TLS");
    }

    private static Finding seen(Case c, Signature signature, Culprit side, String says) {
        return c.finding(signature, Outcome.FAILED, Phase.TLS, side, Confidence.SEEN, says);
    }

    private static boolean oldClient(Case c) {
        return c.attempt().tls().clientHello().map(hello -> hello.highestVersion().code() < TlsVersion.TLS_1_2).orElse(false);
    }

    private static boolean oldServer(Case c) {
        return c.attempt().tls().serverHello().map(hello -> hello.version().code() < TlsVersion.TLS_1_2).orElse(false);
    }

    private static String versions(Case c) {
        return c.attempt().tls().clientHello().map(hello -> "; the client offers "
                + String.join(", ", hello.offeredVersions().stream().map(v -> v.name()).toList())).orElse("");
    }

    private static String chosen(Case c) {
        return c.attempt().tls().cipher().map(suite -> " (" + suite.name() + ")").orElse("");
    }

    private static String offered(Case c) {
        return c.attempt().tls().clientHello().map(ClientHello::offeredSuites)
                .map(suites -> "; the client offers " + (suites.size() <= 3
                        ? String.join(", ", suites.stream().map(s -> s.name()).toList())
                        : suites.size() + " cipher suites"))
                .orElse("");
    }

    private static Answer clientCertificate(Case c) {
        TlsFacts tls = c.attempt().tls();
        if (!TlsRules.inTls(c) && !mayRefuseLate(c) || !tls.certificateRequested() || !tls.clientCertificateEmpty()
                || !c.endedByServersWill()) {
            return CLEAR;
        }
        return new Found(c.failed(TLS_CLIENT_CERT_REQUESTED, Culprit.CLIENT, Confidence.STRONGLY_SUGGESTED,
                "the server asked for a client certificate, the client had none, and the server closed").with(Phase.TLS));
    }
}
