package dev.rdptrace.session;

import dev.rdptrace.timeline.AuthenticationFacts.Answer;
import dev.rdptrace.timeline.AuthenticationFacts.Mechanism;
import dev.rdptrace.timeline.Event.Kind;
import dev.rdptrace.timeline.Happening;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SizedRecord;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.x224.Protocols;
import java.util.HashSet;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The logon by the sizes of its records: CredSSP, RDSTLS and Entra ID, until MCS begins.
final class LogonBySize {
    private enum State {
        START, TOKEN, CHALLENGE, AUTHENTICATE, ACCEPTED, REFUSED, CREDENTIALS, OVER
    }

    /// Tokens of a client, the last one with the proof of the server's key.
    private static final int LOGON_RECORDS = 3;

    private final SizeNotes notes;
    private State state = State.START;
    private Mechanism mechanism = Mechanism.NONE;
    private Answer answer = Answer.NONE;
    private String credSspVersions = "";
    private Moment challengeAt = Moment.NEVER;
    private boolean lostSinceToken;
    private boolean lostInLogon;
    private int clientRecords;
    /// What the server said last before the client's next token.
    private @Nullable SizedRecord serverToken;
    /// Counts as long as nothing but alerts follows.
    private @Nullable SizedRecord refusal;
    private State beforeRefusal = State.START;
    private boolean refusalDisproved;
    private boolean serverTookLeave;
    private int sinceAuthenticate;
    private Set<Integer> ticketSizes = Set.of();
    private long tokenEnd; // offset behind it in the client's stream

    LogonBySize(SizeNotes notes) {
        this.notes = notes;
    }

    Mechanism mechanism() {
        return mechanism;
    }

    Answer answer() {
        return answer;
    }

    String credSspVersions() {
        return credSspVersions;
    }

    /// The client has not delegated its credentials yet, as far as sizes tell.
    boolean beforeCredentials() {
        return state.compareTo(State.CREDENTIALS) < 0;
    }

    /// Records are missing from the capture.
    void lost() {
        lostSinceToken |= waitsForAnswer();
        lostInLogon |= beforeCredentials();
    }

    /// A client that has said more than a logon takes, with records missing, is in MCS perhaps, whose answers are as short.
    private boolean mayRefuse() {
        return !refusalDisproved && (!lostInLogon || clientRecords <= LOGON_RECORDS);
    }

    private boolean waitsForAnswer() {
        return state == State.AUTHENTICATE || state == State.CHALLENGE;
    }

    void alert(Side from) {
        serverTookLeave |= from == Side.SERVER;
        if (from == Side.SERVER && waitsForAnswer() && answer == Answer.NONE && !lostSinceToken) {
            answer = Answer.ALERT; // instead of an answer to the client's token
        }
    }

    /// A session ticket of TLS 1.3 that comes late, as long as those before the first token.
    boolean isTicket(SizedRecord record) {
        return notes.tls13 && record.exact() && state != State.START && ticketSizes.contains(record.plainMin());
    }

    /// Answers whether MCS begins with this record.
    boolean fromClient(SizedRecord record) {
        clientRecords++;
        boolean skipped = notes.lossy && state != State.START && state != State.REFUSED && insideMcs(record);
        boolean over = skipped || switch (state) {
            case START -> first(record);
            case TOKEN -> false; // a second token before any answer: fragments of one
            case CHALLENGE -> {
                if (!beginsAgain(record)) {
                    authenticates(record);
                }
                yield false;
            }
            // With records lost, the client goes on: the server's answer is among what is missing.
            case AUTHENTICATE -> notes.lossy && KnownSize.TOKEN.mayBe(record) && sinceAuthenticate++ > 0
                    && KnownSize.CONNECT_INITIAL.surelyIs(record);
            case ACCEPTED -> {
                if (KnownSize.TOKEN.mayBe(record) && !serverTookLeave) {
                    state = State.CREDENTIALS;
                    notes.inferred(Step.CREDENTIALS, record.at());
                    notes.says(record, Phase.CREDSSP, Kind.CREDSSP, "CredSSP: client delegates credentials (judged by order)");
                }
                yield false;
            }
            case REFUSED -> {
                if (!serverTookLeave) { // some do not look at the error code, and send credentials into a closed connection
                    withdrawRefusal();
                    yield fromClient(record);
                }
                yield false;
            }
            case CREDENTIALS -> KnownSize.CONNECT_INITIAL.mayBe(record);
            case OVER -> true;
        };
        if (over) {
            state = State.OVER;
        }
        return over;
    }

    private void authenticates(SizedRecord record) {
        boolean other = mechanism == Mechanism.KERBEROS || mechanism == Mechanism.NEGOTIATING;
        if ((other ? KnownSize.LAST_TOKEN : KnownSize.AUTHENTICATE).mayBe(record)) {
            state = State.AUTHENTICATE;
            notes.inferred(Step.AUTHENTICATE, record.at());
            notes.says(record, Phase.CREDSSP, Kind.CREDSSP, "CredSSP: client authenticates (judged by size)");
        }
    }

    /// No token is so short.
    private static boolean insideMcs(SizedRecord record) {
        return record.exact() && (KnownSize.ERECT_DOMAIN.mayBe(record) || KnownSize.ATTACH_USER.mayBe(record));
    }

    /// The server's answer to the first token was no challenge yet, and the mechanism begins only now.
    private boolean beginsAgain(SizedRecord record) {
        boolean open = mechanism == Mechanism.NEGOTIATING || mechanism == Mechanism.KERBEROS;
        SizedRecord token = Objects.requireNonNull(serverToken, "no challenge without");
        boolean ticket = mechanism == Mechanism.NEGOTIATING && LogonSizes.holdsTicket(record, token);
        if (!open || !ticket && !LogonSizes.beginsNtlm(record, token)) {
            return false;
        }
        mechanism = ticket ? Mechanism.KERBEROS : Mechanism.NTLM_IN_SPNEGO;
        state = State.TOKEN;
        tokenEnd = notes.clientEnd;
        if (!notes.quiet) {
            notes.story.anotherToken(record.at());
        }
        notes.says(record, Phase.CREDSSP, Kind.CREDSSP,
                new Happening.Token(ticket ? "CredSSP: Kerberos ticket, user to user (AP-REQ, judged by size)"
                        : "CredSSP: NTLM begins after all (judged by size)", mechanism));
        return true;
    }

    /// Answers whether MCS begins with it.
    private boolean first(SizedRecord record) {
        boolean credSsp = notes.selected.usesCredSsp() || !notes.known && !KnownSize.CONNECT_INITIAL.mayBe(record);
        if (credSsp && !KnownSize.ERECT_DOMAIN.mayBe(record)) {
            mechanism = LogonSizes.mechanismOf(record);
            state = State.TOKEN;
            tokenEnd = notes.clientEnd;
            notes.inferred(Step.TOKEN, record.at());
            notes.says(record, Phase.CREDSSP, Kind.CREDSSP, new Happening.Token("CredSSP: first token, " + mechanism.title()
                    + " (judged by size)", mechanism));
        } else if (notes.selected.has(Protocols.RDSTLS) && notes.has(Step.RDSTLS_CAPABILITIES) && !notes.has(Step.RDSTLS_REQUEST)) {
            notes.inferred(Step.RDSTLS_REQUEST, record.at());
            notes.says(record, Phase.RDSTLS, Kind.RDSTLS, "RDSTLS: authentication request (judged by order)");
        } else if (notes.selected.has(Protocols.RDSAAD) && !notes.has(Step.AAD_REQUEST)) {
            notes.inferred(Step.AAD_REQUEST, record.at());
            notes.says(record, Phase.AAD, Kind.AAD, "Entra ID: authentication request (judged by order)");
        } else {
            return KnownSize.CONNECT_INITIAL.mayBe(record);
        }
        return false;
    }

    void fromServer(SizedRecord record) {
        switch (state) {
            case START -> firstFromServer(record);
            case TOKEN -> {
                if (notes.tls13 && !notes.heard.test(tokenEnd)) {
                    ticket(record); // no answer to what had not arrived
                } else if (LogonSizes.refuses(record) && mayRefuse()) {
                    refused(record);
                } else {
                    serverToken = record;
                    state = State.CHALLENGE;
                    challengeAt = record.at();
                    notes.inferred(Step.CHALLENGE, record.at());
                    notes.says(record, Phase.CREDSSP, Kind.CREDSSP, "CredSSP: server's "
                            + (mechanism == Mechanism.KERBEROS ? "answer to the ticket" : "challenge") + " (judged by order)");
                }
            }
            case CHALLENGE -> {
                if (notes.tls13 && notes.sameSizeAsPrevious(record) && challengeAt.equals(notes.previousAt())) {
                    // Two records of one size are session tickets, not an answer.
                    notes.withdraw(Step.CHALLENGE);
                    state = State.TOKEN;
                } else if (LogonSizes.refuses(record) && mayRefuse()) {
                    refused(record);
                } else {
                    serverToken = record;
                }
            }
            case AUTHENTICATE -> answered(record);
            case ACCEPTED -> {}
            case REFUSED -> {
                withdrawRefusal();
                fromServer(record);
            }
            case CREDENTIALS -> {
                if (notes.selected.has(Protocols.HYBRID_EX) && KnownSize.EARLY_AUTHORIZATION.mayBe(record)) {
                    if (notes.inferred(Step.EARLY_AUTHORIZATION, record.at())) {
                        notes.says(record, Phase.CREDSSP, Kind.CREDSSP, "Early User Authorization Result (judged by size)");
                    }
                }
            }
            case OVER -> {}
        }
    }

    private void firstFromServer(SizedRecord record) {
        if (notes.selected.has(Protocols.RDSTLS)) {
            if (KnownSize.RDSTLS_CAPABILITIES.mayBe(record) && !notes.has(Step.RDSTLS_CAPABILITIES)) {
                mechanism = Mechanism.RDSTLS;
                notes.inferred(Step.RDSTLS_CAPABILITIES, record.at());
                notes.says(record, Phase.RDSTLS, Kind.RDSTLS, "RDSTLS: server capabilities (judged by size)");
            } else if (KnownSize.RDSTLS_RESULT.mayBe(record) && notes.has(Step.RDSTLS_REQUEST)) {
                notes.inferred(Step.RDSTLS_RESULT, record.at());
                notes.says(record, Phase.RDSTLS, Kind.RDSTLS, "RDSTLS: authentication response (judged by size)");
            }
        } else if (notes.selected.has(Protocols.RDSAAD)) {
            if (!notes.has(Step.AAD_REQUEST)) {
                if (notes.tls13 && !KnownSize.AAD_NONCE.mayBe(record)) {
                    return; // a session ticket
                }
                mechanism = Mechanism.AAD;
                if (notes.inferred(Step.AAD_NONCE, record.at())) {
                    notes.says(record, Phase.AAD, Kind.AAD, "Entra ID: server nonce (judged by order)");
                }
            } else {
                notes.inferred(Step.AAD_RESULT, record.at());
                notes.says(record, Phase.AAD, Kind.AAD, "Entra ID: authentication result (judged by order)");
            }
        }
        ticket(record);
    }

    /// In TLS 1.3 what the server says before anything was asked: the others will be as long.
    private void ticket(SizedRecord record) {
        if (notes.tls13 && record.exact() && ticketSizes.size() < 8) {
            if (ticketSizes.isEmpty()) {
                ticketSizes = new HashSet<>();
            }
            ticketSizes.add(record.plainMin());
        }
    }

    private void refused(SizedRecord record) {
        beforeRefusal = state;
        refusal = record;
        state = State.REFUSED;
        answer = Answer.STATUS;
        notes.inferred(Step.REFUSED, record.at());
        notes.says(record, Phase.CREDSSP, Kind.CREDSSP,
                "CredSSP: server refuses with a status code (judged by size; which one needs keys)");
    }

    /// [MS-CSSP] 3.1.5: after an error code nothing follows but the good-bye of TLS. What looked like one was the front of a
    /// record that is split, an acceptance, or a message of MCS behind a gap.
    private void withdrawRefusal() {
        SizedRecord refusal = Objects.requireNonNull(this.refusal, "none without");
        notes.withdraw(refusal.at(), Kind.CREDSSP);
        notes.withdraw(Step.REFUSED);
        answer = Answer.NONE;
        boolean front = notes.tls10 && !refusal.exact() && refusal.plainMin() == 0;
        if (front) {
            notes.splits[Side.SERVER.ordinal()] = true;
            state = beforeRefusal;
        } else if (!LogonSizes.refuses(refusal)) {
            accepted(refusal);
        } else {
            refusalDisproved = true;
            notes.lossy = true;
            lostSinceToken = true;
            state = State.AUTHENTICATE;
            sinceAuthenticate = 1;
        }
    }

    private void answered(SizedRecord record) {
        if (LogonSizes.refuses(record) || LogonSizes.refusesWithKey(record, mechanism)) {
            if (mayRefuse()) {
                refused(record);
            }
        } else if (KnownSize.ACCEPTANCE.mayBe(record)) {
            accepted(record);
        }
    }

    private void accepted(SizedRecord record) {
        state = State.ACCEPTED;
        answer = Answer.ACCEPTED;
        credSspVersions = LogonSizes.versions(record);
        notes.inferred(Step.ACCEPTED, record.at());
        notes.says(record, Phase.CREDSSP, Kind.CREDSSP, "CredSSP: server accepts, public key confirmed (judged by size)");
    }
}
