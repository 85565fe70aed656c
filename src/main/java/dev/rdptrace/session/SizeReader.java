package dev.rdptrace.session;

import dev.rdptrace.timeline.AuthenticationFacts.Answer;
import dev.rdptrace.timeline.AuthenticationFacts.Mechanism;
import dev.rdptrace.timeline.Event.Kind;
import dev.rdptrace.timeline.Happening;
import dev.rdptrace.timeline.Happening.Note;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SizedRecord;
import dev.rdptrace.timeline.Step;
import dev.rdptrace.wire.x224.Protocols;
import java.util.HashSet;
import java.util.Set;

/// Tells the steps inside TLS apart without keys: by the size, direction, order and time of the encrypted records.
///
/// The sizes follow from the DER of TSRequest ([MS-CSSP] 2.2.1), from the fixed PDUs of T.125 and from the layouts of
/// [MS-RDPBCGR] 2.2.1. A size means something only in its position: 15 bytes are an error code after AUTHENTICATE
/// and a Channel Join Confirm after MCS has begun. The client's records lead, since its sequence is the more rigid one.
final class SizeReader {
    // plaintext bytes, TPKT and X.224 included where there is one
    private static final int ERECT_DOMAIN = 12;
    private static final int ATTACH_USER = 8;
    private static final int ATTACH_CONFIRM = 11;
    private static final int JOIN_REQUEST = 12;
    private static final int JOIN_CONFIRM = 15;
    private static final int ULTIMATUM = 9;
    private static final int ERROR_INFO = 36;
    private static final int EARLY_AUTHORIZATION = 4;
    private static final int RDSTLS_CAPABILITIES = 8;
    private static final int RDSTLS_RESULT = 10;
    private static final int SMALLEST_CONNECT_INITIAL = 300;
    /// `{"ts_nonce":"…"}` with a nonce of 32 to 64 bytes in Base64
    private static final int LARGEST_NONCE = 160;
    private static final int SMALLEST_CLIENT_INFO = 150;
    private static final int SMALLEST_CONFIRM_ACTIVE = 200;
    /// Synchronize (37), two Control PDUs and the Font List (41 each) of the client, [MS-RDPBCGR] 2.2.1.14 to 2.2.1.18.
    private static final int FINALIZATION = 160;
    /// The capability sets of every known server with room to spare; measurements of bandwidth are larger.
    private static final int LARGEST_DEMAND_ACTIVE = 2000;
    private static final int SMALLEST_AUTHENTICATE = 300;

    private enum State { START, TOKEN, CHALLENGE, AUTHENTICATE, ACCEPTED, REFUSED, CREDENTIALS, CONNECT, JOINING, INFO, CONFIRMED, UP }

    private final EventLog story;
    private State state = State.START;
    private Protocols selected = Protocols.STANDARD;
    private boolean known = true;
    private boolean tls13;
    private boolean tls10;

    private Mechanism mechanism = Mechanism.NONE;
    private Answer answer = Answer.NONE;
    private String credSspVersions = "";

    // the previous record from the server, as numbers: one after the other comes by
    private long previousFrame;
    private long previousNanos;
    private int previousMin;
    private int previousMax;
    private Moment challengeAt = Moment.NEVER;
    private SizedRecord bigFromServer;
    private SizedRecord bigFromClient;
    private int serverRecords;
    private int clientRecords;
    private long serverBytes;
    private int finalizationBytes;
    private int confirmedRecords;
    private int confirmedBytes;
    private int joinsRequested;
    private int joinsConfirmed;
    private boolean errorInfo;
    private Moment errorInfoAt = Moment.NEVER;
    private boolean saidMuchAfterInfo;
    private boolean lossy;
    private boolean lostSinceToken;
    /// What the server said last before the client's next token.
    private SizedRecord serverToken;
    /// Counts as long as nothing but alerts follows.
    private SizedRecord refusal;
    private State beforeRefusal = State.START;
    private boolean refusalDisproved;
    private boolean serverTookLeave;
    private final boolean[] splits = new boolean[2];
    private final boolean[] afterFront = new boolean[2];
    private boolean onlyRecord;
    private boolean quiet;
    private int sinceAuthenticate;
    private Set<Integer> ticketSizes = Set.of();
    private Moment ultimatumAt = Moment.NEVER;
    private Side ultimatumFrom = Side.SERVER;

    SizeReader(EventLog story) {
        this.story = story;
    }

    /// @param known the negotiation was seen; otherwise `selected` is a guess that the first record may correct
    void begin(Protocols selected, boolean known, boolean tls13, boolean tls10) {
        if (this.selected != selected) { // told after every record, and a reference less to write
            this.selected = selected;
        }
        this.known = known;
        this.tls13 = tls13;
        this.tls10 = tls10;
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

    int joinsRequested() {
        return joinsRequested;
    }

    int joinsConfirmed() {
        return joinsConfirmed;
    }

    Moment errorInfoAt() {
        return errorInfoAt;
    }

    Moment ultimatumAt() {
        return ultimatumAt;
    }

    Side ultimatumFrom() {
        return ultimatumFrom;
    }

    /// What is inside is not RDP itself: sizes are noted and not read.
    void onlyRecord() {
        onlyRecord = true;
    }

    /// Records are missing from the capture: order proves less from now on.
    void lost() {
        lossy = true;
        lostSinceToken |= state == State.AUTHENTICATE || state == State.CHALLENGE;
    }

    /// A record that was opened with keys: it moves the judgement along, so that it knows its place should the next record
    /// stay shut, but says nothing.
    void follow(SizedRecord record) {
        quiet = true;
        accept(record);
        quiet = false;
    }

    /// The next record after both Finished.
    void accept(SizedRecord record) {
        story.record(record);
        if (onlyRecord) {
            return;
        }
        if (record.alert()) {
            serverTookLeave |= record.from() == Side.SERVER;
            if (record.from() == Side.SERVER && (state == State.AUTHENTICATE || state == State.CHALLENGE) && answer == Answer.NONE
                    && !lostSinceToken) {
                answer = Answer.ALERT; // instead of an answer to the client's token
            }
            return;
        }
        if (record.plainMax() == 0 || frontOfTwo(record)) {
            return;
        }
        if (ultimatumAt.seen() && ultimatumFrom == record.from()) {
            withdrawUltimatum();
        }
        if (record.from() == Side.CLIENT) {
            clientRecords++;
            fromClient(record);
        } else {
            serverRecords++;
            if (tls13 && record.exact() && state.compareTo(State.CONNECT) <= 0 && state != State.START
                    && ticketSizes.contains(record.plainMin())) {
                return;
            }
            fromServer(record);
            previousFrame = record.at().frame();
            previousNanos = record.at().nanos();
            previousMin = record.plainMin();
            previousMax = record.plainMax();
        }
        judgeByVolume(record);
    }

    /// The record of one byte or none in front of each CBC record of TLS 1.0, against BEAST. Nothing before the credentials is so
    /// short but a refusal of the server, which may have the size of one: what follows tells.
    private boolean frontOfTwo(SizedRecord record) {
        boolean opened = record.exact();
        if (!tls10 || selected.has(Protocols.RDSTLS)) {
            return false;
        }
        int side = record.from().ordinal();
        boolean shortest = opened ? record.plainMax() <= 1 : record.plainMin() == 0;
        boolean tooShort = record.from() == Side.CLIENT ? LogonSizes.tooShortForToken(record) : record.plainMax() < 15;
        splits[side] |= shortest && tooShort && state.compareTo(State.CREDENTIALS) < 0;
        afterFront[side] = shortest && splits[side] && !afterFront[side];
        return afterFront[side];
    }

    private void fromClient(SizedRecord record) {
        if (lossy && State.START.compareTo(state) < 0 && state.compareTo(State.CONNECT) < 0 && state != State.REFUSED
                && insideMcs(record)) {
            state = State.CONNECT; // the end of the logon is among what is missing
        }
        switch (state) {
            case START -> firstFromClient(record);
            case TOKEN -> { } // a second token before any answer: fragments of one
            case CHALLENGE -> {
                if (beginsAgain(record)) {
                    return;
                }
                boolean last = mechanism == Mechanism.KERBEROS || mechanism == Mechanism.NEGOTIATING
                        ? record.plainMax() >= 60 : record.plainMax() >= SMALLEST_AUTHENTICATE;
                if (last) {
                    state = State.AUTHENTICATE;
                    inferred(Step.AUTHENTICATE, record.at());
                    says(record, Phase.CREDSSP, Kind.CREDSSP, "CredSSP: client authenticates (judged by size)");
                }
            }
            case AUTHENTICATE -> {
                if (lossy && record.plainMax() >= 30 && sinceAuthenticate++ > 0) {
                    resume(record); // the client goes on, so the server's answer is among what is missing
                }
            }
            case ACCEPTED -> {
                if (!LogonSizes.tooShortForToken(record) && !serverTookLeave) {
                    state = State.CREDENTIALS;
                    inferred(Step.CREDENTIALS, record.at());
                    says(record, Phase.CREDSSP, Kind.CREDSSP, "CredSSP: client delegates credentials (judged by order)");
                }
            }
            case REFUSED -> {
                if (!serverTookLeave) { // some do not look at the error code, and send credentials into a closed connection
                    withdrawRefusal();
                    fromClient(record);
                }
            }
            case CREDENTIALS -> {
                if (record.plainMax() >= SMALLEST_CONNECT_INITIAL) {
                    connectInitial(record);
                }
            }
            case CONNECT -> inConnect(record);
            case JOINING -> whileJoining(record);
            case INFO -> afterInfo(record);
            case CONFIRMED, UP -> confirmedFromClient(record);
        }
    }

    /// Finds the place again after a loss.
    private void resume(SizedRecord record) {
        if (record.plainMin() >= SMALLEST_CONNECT_INITIAL) {
            connectInitial(record);
        } else if (insideMcs(record)) {
            state = State.CONNECT;
            inConnect(record);
        }
    }

    /// No token is so short.
    private static boolean insideMcs(SizedRecord record) {
        return record.exact() && (record.fits(ERECT_DOMAIN) || record.fits(ATTACH_USER));
    }

    /// The server's answer to the first token was no challenge yet, and the mechanism begins only now.
    private boolean beginsAgain(SizedRecord record) {
        boolean open = mechanism == Mechanism.NEGOTIATING || mechanism == Mechanism.KERBEROS;
        boolean ticket = mechanism == Mechanism.NEGOTIATING && LogonSizes.holdsTicket(record, serverToken);
        if (!open || !ticket && !LogonSizes.beginsNtlm(record, serverToken)) {
            return false;
        }
        mechanism = ticket ? Mechanism.KERBEROS : Mechanism.NTLM_IN_SPNEGO;
        state = State.TOKEN;
        if (!quiet) {
            story.anotherToken(record.at());
        }
        says(record, Phase.CREDSSP, Kind.CREDSSP,
                new Happening.Token(ticket ? "CredSSP: Kerberos ticket, user to user (AP-REQ, judged by size)"
                : "CredSSP: NTLM begins after all (judged by size)", mechanism));
        return true;
    }

    private void firstFromClient(SizedRecord record) {
        boolean credSsp = selected.usesCredSsp() || !known && record.plainMax() < SMALLEST_CONNECT_INITIAL;
        if (credSsp && !record.fits(ERECT_DOMAIN)) {
            mechanism = LogonSizes.mechanismOf(record);
            state = State.TOKEN;
            inferred(Step.TOKEN, record.at());
            says(record, Phase.CREDSSP, Kind.CREDSSP, new Happening.Token("CredSSP: first token, " + mechanism.title()
                    + " (judged by size)", mechanism));
        } else if (selected.has(Protocols.RDSTLS) && story.has(Step.RDSTLS_CAPABILITIES) && !story.has(Step.RDSTLS_REQUEST)) {
            inferred(Step.RDSTLS_REQUEST, record.at());
            says(record, Phase.RDSTLS, Kind.RDSTLS, "RDSTLS: authentication request (judged by order)");
        } else if (selected.has(Protocols.RDSAAD) && !story.has(Step.AAD_REQUEST)) {
            inferred(Step.AAD_REQUEST, record.at());
            says(record, Phase.AAD, Kind.AAD, "Entra ID: authentication request (judged by order)");
        } else if (record.plainMax() >= SMALLEST_CONNECT_INITIAL) {
            connectInitial(record);
        }
    }

    private void fromServer(SizedRecord record) {
        switch (state) {
            case START -> firstFromServer(record);
            case TOKEN -> {
                if (LogonSizes.refuses(record) && !refusalDisproved) {
                    refused(record);
                } else {
                    serverToken = record;
                    state = State.CHALLENGE;
                    challengeAt = record.at();
                    inferred(Step.CHALLENGE, record.at());
                    says(record, Phase.CREDSSP, Kind.CREDSSP, "CredSSP: server's "
                            + (mechanism == Mechanism.KERBEROS ? "answer to the ticket" : "challenge") + " (judged by order)");
                }
            }
            case CHALLENGE -> {
                if (tls13 && sameSizeAsPrevious(record) && challengeAt.equals(previousAt())) {
                    // Two records of one size are session tickets, not an answer.
                    withdraw(Step.CHALLENGE);
                    state = State.TOKEN;
                } else if (LogonSizes.refuses(record) && !refusalDisproved) {
                    refused(record);
                } else {
                    serverToken = record;
                }
            }
            case AUTHENTICATE -> answered(record);
            case ACCEPTED -> { }
            case REFUSED -> {
                withdrawRefusal();
                fromServer(record);
            }
            case CREDENTIALS -> {
                if (selected.has(Protocols.HYBRID_EX) && record.fits(EARLY_AUTHORIZATION)) {
                    if (inferred(Step.EARLY_AUTHORIZATION, record.at())) {
                        says(record, Phase.CREDSSP, Kind.CREDSSP, "Early User Authorization Result (judged by size)");
                    }
                }
            }
            case CONNECT -> connectAnswered(record);
            case JOINING -> joinAnswered(record);
            case INFO -> answeredInfo(record);
            case CONFIRMED, UP -> confirmedFromServer(record);
        }
    }

    private void firstFromServer(SizedRecord record) {
        if (selected.has(Protocols.RDSTLS)) {
            if (record.fits(RDSTLS_CAPABILITIES) && !story.has(Step.RDSTLS_CAPABILITIES)) {
                mechanism = Mechanism.RDSTLS;
                inferred(Step.RDSTLS_CAPABILITIES, record.at());
                says(record, Phase.RDSTLS, Kind.RDSTLS, "RDSTLS: server capabilities (judged by size)");
            } else if (record.fits(RDSTLS_RESULT) && story.has(Step.RDSTLS_REQUEST)) {
                inferred(Step.RDSTLS_RESULT, record.at());
                says(record, Phase.RDSTLS, Kind.RDSTLS, "RDSTLS: authentication response (judged by size)");
            }
        } else if (selected.has(Protocols.RDSAAD)) {
            if (!story.has(Step.AAD_REQUEST)) {
                if (tls13 && record.plainMin() > LARGEST_NONCE) {
                    return; // a session ticket
                }
                mechanism = Mechanism.AAD;
                if (inferred(Step.AAD_NONCE, record.at())) {
                    says(record, Phase.AAD, Kind.AAD, "Entra ID: server nonce (judged by order)");
                }
            } else {
                inferred(Step.AAD_RESULT, record.at());
                says(record, Phase.AAD, Kind.AAD, "Entra ID: authentication result (judged by order)");
            }
        }
        if (tls13 && record.exact() && ticketSizes.size() < 8) {
            if (ticketSizes.isEmpty()) {
                ticketSizes = new HashSet<>();
            }
            ticketSizes.add(record.plainMin()); // session tickets: the others will be as long
        }
    }

    private void refused(SizedRecord record) {
        beforeRefusal = state;
        refusal = record;
        state = State.REFUSED;
        answer = Answer.STATUS;
        inferred(Step.REFUSED, record.at());
        says(record, Phase.CREDSSP, Kind.CREDSSP, "CredSSP: server refuses with a status code (judged by size; which one needs keys)");
    }

    /// [MS-CSSP] 3.1.5: after an error code nothing follows but the good-bye of TLS. What looked like one was the front of a
    /// record that is split, an acceptance, or a message of MCS behind a gap.
    private void withdrawRefusal() {
        if (!quiet) {
            story.withdraw(refusal.at(), Kind.CREDSSP);
        }
        withdraw(Step.REFUSED);
        answer = Answer.NONE;
        boolean front = tls10 && !refusal.exact() && refusal.plainMin() == 0;
        if (front) {
            splits[Side.SERVER.ordinal()] = true;
            state = beforeRefusal;
        } else if (!LogonSizes.refuses(refusal)) {
            accepted(refusal);
        } else {
            refusalDisproved = true;
            lossy = true;
            lostSinceToken = true;
            state = State.AUTHENTICATE;
            sinceAuthenticate = 1;
        }
    }

    private void answered(SizedRecord record) {
        if (LogonSizes.refuses(record) || LogonSizes.refusesWithKey(record, mechanism)) {
            if (!refusalDisproved) {
                refused(record);
            }
        } else if (LogonSizes.mayAccept(record)) {
            accepted(record);
        }
    }

    private void accepted(SizedRecord record) {
        state = State.ACCEPTED;
        answer = Answer.ACCEPTED;
        credSspVersions = LogonSizes.versions(record);
        inferred(Step.ACCEPTED, record.at());
        says(record, Phase.CREDSSP, Kind.CREDSSP, "CredSSP: server accepts, public key confirmed (judged by size)");
    }

    private void connectInitial(SizedRecord record) {
        state = State.CONNECT;
        inferred(Step.CONNECT_INITIAL, record.at());
        says(record, Phase.MCS, Kind.MCS, "MCS Connect-Initial (judged by size)");
    }

    private void inConnect(SizedRecord record) {
        if (record.fits(ERECT_DOMAIN) || record.fits(ATTACH_USER) || record.fits(ERECT_DOMAIN + ATTACH_USER)) {
            connectResponse(record.at());
            inferred(Step.ERECT_DOMAIN, record.at());
            if (!record.fits(ERECT_DOMAIN) || record.plainMax() - record.plainMin() > 0) {
                inferred(Step.ATTACH_USER, record.at());
            }
            state = State.JOINING;
            says(record, Phase.MCS, Kind.MCS, "MCS Erect Domain / Attach User (judged by size)");
        }
    }

    private void connectResponse(Moment atLatest) {
        if (!story.has(Step.CONNECT_RESPONSE)) {
            inferred(Step.CONNECT_RESPONSE, previousAt().seen() ? previousAt() : atLatest);
        }
    }

    private void connectAnswered(SizedRecord record) {
        if (endsIt(record)) {
            ultimatum(record);
            return;
        }
        if (tls13 && sameSizeAsPrevious(record)) {
            withdraw(Step.CONNECT_RESPONSE); // a pair of session tickets
            return;
        }
        if (record.plainMax() >= 60 && inferred(Step.CONNECT_RESPONSE, record.at())) {
            says(record, Phase.MCS, Kind.MCS, "MCS Connect-Response (judged by size)");
        }
    }

    private void whileJoining(SizedRecord record) {
        if (record.plainMin() >= SMALLEST_CLIENT_INFO || !record.exact() && record.plainMax() >= SMALLEST_CLIENT_INFO + 16) {
            state = State.INFO;
            inferred(Step.CLIENT_INFO, record.at());
            says(record, Phase.INFO, Kind.SECURITY, "Client Info (judged by size)");
            return;
        }
        if (!story.has(Step.ATTACH_USER) && record.fits(ATTACH_USER)) {
            inferred(Step.ATTACH_USER, record.at());
            return;
        }
        int joins = joinsIn(record, JOIN_REQUEST);
        if (joins > 0) {
            inferred(Step.ATTACH_USER, record.at());
            if (previousAt().seen()) {
                inferred(Step.ATTACH_CONFIRM, previousAt());
            }
            if (inferred(Step.CHANNEL_JOIN, record.at())) {
                says(record, Phase.MCS, Kind.MCS, "MCS channel joins begin (judged by size)");
            }
            joinsRequested += joins;
        }
    }

    /// How many PDUs of `size` bytes the record holds; some clients send all joins in one.
    private static int joinsIn(SizedRecord record, int size) {
        if (!record.exact()) {
            return record.fits(size) ? 1 : 0;
        }
        return record.plainMin() % size == 0 ? record.plainMin() / size : 0;
    }

    /// A Disconnect Provider Ultimatum. The padding of a block cipher makes it as long as an Attach User Confirm and the shortest
    /// updates of a screen, and nothing else that a server says after Connect-Initial.
    private boolean endsIt(SizedRecord record) {
        boolean padded = record.plainMax() < JOIN_CONFIRM && !tls10 && (state == State.CONNECT || state == State.INFO
                || state == State.JOINING && story.has(Step.CHANNEL_JOIN));
        return record.fits(ULTIMATUM) && (record.exact() || padded);
    }

    private void joinAnswered(SizedRecord record) {
        if (noteEnding(record)) {
            return;
        }
        if (!story.has(Step.CHANNEL_JOIN)) {
            if (record.fits(ATTACH_CONFIRM)) {
                inferred(Step.ATTACH_CONFIRM, record.at());
            }
            return;
        }
        int joins = joinsIn(record, JOIN_CONFIRM);
        if (joins > 0) {
            joinsConfirmed += joins;
            if (!inferred(Step.CHANNELS_JOINED, record.at())) {
                again(Step.CHANNELS_JOINED, record.at());
            }
        }
    }

    /// Set Error Info and the ultimatum have sizes of their own once MCS is up.
    private boolean noteEnding(SizedRecord record) {
        if (record.exact() && record.fits(ERROR_INFO)) {
            errorInfo = true;
            errorInfoAt = record.at();
            return false; // a Synchronize PDU is as long; what follows tells
        }
        if (endsIt(record)) {
            ultimatum(record);
            return true;
        }
        errorInfo = false;
        return false;
    }

    private void ultimatum(SizedRecord record) {
        if (!ultimatumAt.seen()) {
            ultimatumAt = record.at();
            ultimatumFrom = record.from();
            if (!errorInfo) {
                errorInfoAt = Moment.NEVER;
            }
            says(record, story.has(Step.FONT_MAP) ? Phase.SESSION : Phase.MCS, Kind.DISCONNECT,
                    "MCS Disconnect Provider Ultimatum" + (errorInfo ? " after Set Error Info" : "") + " (judged by size)");
        }
    }

    /// [MS-RDPBCGR] 1.3.1.4: nothing follows it. Some keystrokes in one fast-path input are as long.
    private void withdrawUltimatum() {
        story.withdraw(ultimatumAt, Kind.DISCONNECT);
        ultimatumAt = Moment.NEVER;
        errorInfoAt = Moment.NEVER;
        errorInfo = false;
    }

    private void answeredInfo(SizedRecord record) {
        if (noteEnding(record)) {
            return;
        }
        if (record.fits(34, 35) || record.fits(42)) {
            if (record.plainMin() <= 42 && inferred(Step.LICENSE, record.at())) {
                says(record, Phase.LICENSING, Kind.LICENSE, "licensing answered (judged by size)");
            }
            inferred(Step.LICENSE_DONE, record.at());
            bigFromServer = null;
        } else if (record.plainMin() >= 200) {
            if (inferred(Step.LICENSE, record.at())) {
                says(record, Phase.LICENSING, Kind.LICENSE, "licensing or Demand Active (judged by size)");
            } else if (story.has(Step.LICENSE_DONE) && record.plainMax() <= LARGEST_DEMAND_ACTIVE
                    && inferred(Step.DEMAND_ACTIVE, record.at())) {
                says(record, Phase.ACTIVATION, Kind.SHARE, "Demand Active (judged by size)");
            }
            bigFromServer = record;
        }
    }

    private void afterInfo(SizedRecord record) {
        saidMuchAfterInfo |= record.plainMax() >= SMALLEST_CONFIRM_ACTIVE;
        if (record.exact() && record.fits(ULTIMATUM)) {
            ultimatum(record);
            return;
        }
        boolean finalizing = record.fits(36, 37) || record.fits(40, 41) || record.fits(37 + 41) || record.fits(36 + 40)
                || record.fits(37 + 41 + 41) || record.fits(37 + 41 + 41 + 41);
        if (finalizing && bigFromClient != null && bigFromServer != null) {
            inferred(Step.LICENSE_DONE, bigFromServer.at());
            boolean demanded = !inferred(Step.DEMAND_ACTIVE, bigFromServer.at());
            inferred(Step.CONFIRM_ACTIVE, bigFromClient.at());
            says(bigFromClient, Phase.ACTIVATION, Kind.SHARE, (demanded ? "" : "Demand Active and ") + "Confirm Active"
                    + (demanded ? "" : " exchanged")
                    + " (judged by size)");
            state = State.CONFIRMED;
            confirmedFromClient(record);
            return;
        }
        if (record.plainMin() >= 300 && bigFromServer != null) {
            bigFromClient = record;
            if (story.has(Step.LICENSE_DONE)) {
                inferred(Step.DEMAND_ACTIVE, bigFromServer.at());
                inferred(Step.CONFIRM_ACTIVE, record.at());
            }
        } else if (record.plainMin() >= 90) {
            notDemanded();
        }
    }

    /// What the client answers in few bytes belongs to the licensing exchange.
    private void notDemanded() {
        if (!quiet && bigFromServer != null) {
            story.withdraw(bigFromServer.at(), Kind.SHARE);
        }
        withdraw(Step.DEMAND_ACTIVE);
        bigFromServer = null;
    }

    private void confirmedFromClient(SizedRecord record) {
        if (record.exact() && record.fits(ULTIMATUM)) {
            ultimatum(record);
            return;
        }
        finalizationBytes += record.plainMax();
        if (finalizationBytes >= FINALIZATION) {
            inferred(Step.FONT_LIST, record.at());
        }
    }

    private void confirmedFromServer(SizedRecord record) {
        noteEnding(record);
        confirmedRecords++;
        confirmedBytes += record.plainMin();
        if (state == State.CONFIRMED && (confirmedRecords >= 4 || confirmedBytes >= 150)) {
            up(record, "Font Map, session is up (judged by sizes)");
        }
    }

    /// A server that does it all differently still cannot send that much before its session runs; save for the bandwidth
    /// measurement ([MS-RDPBCGR] 2.2.14.1) between Client Info and Demand Active, which the client answers in few bytes.
    private void judgeByVolume(SizedRecord record) {
        boolean measuring = state == State.INFO && !saidMuchAfterInfo && !lossy;
        if (state.compareTo(State.CONNECT) >= 0 && record.from() == Side.SERVER && !measuring) {
            serverBytes += record.plainMin();
            boolean much = serverBytes > (lossy ? 8_000 : 12_000) && serverRecords >= 12 && clientRecords >= 10;
            if (state != State.UP && much && (story.has(Step.CLIENT_INFO) || lossy)) {
                up(record, "session traffic: the session is up (judged by volume)");
            }
        }
    }

    private void up(SizedRecord record, String says) {
        state = State.UP;
        inferred(Step.FONT_MAP, record.at());
        says(record, Phase.SESSION, Kind.SHARE, says);
    }

    /// When the previous record from the server came; never where there was none.
    private Moment previousAt() {
        return previousFrame == 0 ? Moment.NEVER : new Moment(previousFrame, previousNanos);
    }

    private boolean sameSizeAsPrevious(SizedRecord record) {
        return previousFrame != 0 && previousMin == record.plainMin() && previousMax == record.plainMax();
    }

    private boolean inferred(Step step, Moment at) {
        return quiet ? !story.has(step) : story.inferred(step, at);
    }

    private void withdraw(Step step) {
        if (!quiet) {
            story.withdraw(step);
        }
    }

    private void again(Step step, Moment at) {
        if (!quiet) {
            story.again(step, at);
        }
    }

    private void says(SizedRecord record, Phase phase, Kind kind, String text) {
        says(record, phase, kind, Note.of(text));
    }

    private void says(SizedRecord record, Phase phase, Kind kind, Happening what) {
        if (!quiet) {
            story.event(record.at(), record.from(), kind, phase, what);
        }
    }
}
