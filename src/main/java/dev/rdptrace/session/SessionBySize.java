package dev.rdptrace.session;

import dev.rdptrace.timeline.Event.Kind;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SizedRecord;
import dev.rdptrace.timeline.Step;
import org.jspecify.annotations.Nullable;

/// The way from MCS to the session by the sizes of its records: fixed PDUs of T.125 and the layouts of [MS-RDPBCGR] 2.2.1.
final class SessionBySize {
    private enum State {
        NOT_BEGUN, CONNECT, JOINING, INFO, CONFIRMED, UP
    }

    /// A client answers a measurement of bandwidth in fewer bytes.
    private static final int MUCH = 200;

    private final SizeNotes notes;
    private State state = State.NOT_BEGUN;
    private @Nullable SizedRecord bigFromServer;
    private @Nullable SizedRecord bigFromClient;
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
    private Moment ultimatumAt = Moment.NEVER;
    private Side ultimatumFrom = Side.SERVER;

    SessionBySize(SizeNotes notes) {
        this.notes = notes;
    }

    boolean begun() {
        return state != State.NOT_BEGUN;
    }

    /// Erect Domain was sent.
    boolean joining() {
        return state.compareTo(State.CONNECT) > 0;
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

    /// Any record, of the logon too.
    void count(SizedRecord record) {
        if (ultimatumAt.seen() && ultimatumFrom == record.from()) {
            withdrawUltimatum();
        }
        if (record.from() == Side.CLIENT) {
            clientRecords++;
        } else {
            serverRecords++;
        }
    }

    /// MCS begins with this record of the client: with its Connect-Initial, or where that is lost with what comes behind it.
    void begin(SizedRecord record) {
        state = State.CONNECT;
        if (KnownSize.CONNECT_INITIAL.mayBe(record)) {
            notes.inferred(Step.CONNECT_INITIAL, record.at());
            notes.says(record, Phase.MCS, Kind.MCS, "MCS Connect-Initial (judged by size)");
        } else {
            inConnect(record);
        }
    }

    void fromClient(SizedRecord record) {
        switch (state) {
            case NOT_BEGUN -> {}
            case CONNECT -> inConnect(record);
            case JOINING -> whileJoining(record);
            case INFO -> afterInfo(record);
            case CONFIRMED, UP -> confirmedFromClient(record);
        }
    }

    void fromServer(SizedRecord record) {
        switch (state) {
            case NOT_BEGUN -> {}
            case CONNECT -> connectAnswered(record);
            case JOINING -> joinAnswered(record);
            case INFO -> answeredInfo(record);
            case CONFIRMED, UP -> confirmedFromServer(record);
        }
    }

    private void inConnect(SizedRecord record) {
        int both = KnownSize.ERECT_DOMAIN.least() + KnownSize.ATTACH_USER.least();
        if (KnownSize.ERECT_DOMAIN.mayBe(record) || KnownSize.ATTACH_USER.mayBe(record) || record.fits(both)) {
            connectResponse(record.at());
            notes.inferred(Step.ERECT_DOMAIN, record.at());
            if (!KnownSize.ERECT_DOMAIN.mayBe(record) || record.plainMax() - record.plainMin() > 0) {
                notes.inferred(Step.ATTACH_USER, record.at());
            }
            state = State.JOINING;
            notes.says(record, Phase.MCS, Kind.MCS, "MCS Erect Domain / Attach User (judged by size)");
        }
    }

    private void connectResponse(Moment atLatest) {
        if (!notes.has(Step.CONNECT_RESPONSE)) {
            notes.inferred(Step.CONNECT_RESPONSE, notes.previousAt().seen() ? notes.previousAt() : atLatest);
        }
    }

    private void connectAnswered(SizedRecord record) {
        if (endsIt(record)) {
            ultimatum(record);
            return;
        }
        if (notes.tls13 && notes.sameSizeAsPrevious(record)) {
            notes.withdraw(Step.CONNECT_RESPONSE); // a pair of session tickets
            return;
        }
        if (KnownSize.CONNECT_RESPONSE.mayBe(record) && notes.inferred(Step.CONNECT_RESPONSE, record.at())) {
            notes.says(record, Phase.MCS, Kind.MCS, "MCS Connect-Response (judged by size)");
        }
    }

    private void whileJoining(SizedRecord record) {
        if (KnownSize.CLIENT_INFO.surelyIs(record) || !record.exact() && record.plainMax() >= KnownSize.CLIENT_INFO.least() + 16) {
            state = State.INFO;
            notes.inferred(Step.CLIENT_INFO, record.at());
            notes.says(record, Phase.INFO, Kind.SECURITY, "Client Info (judged by size)");
            return;
        }
        if (!notes.has(Step.ATTACH_USER) && KnownSize.ATTACH_USER.mayBe(record)) {
            notes.inferred(Step.ATTACH_USER, record.at());
            return;
        }
        int joins = joinsIn(record, KnownSize.JOIN_REQUEST);
        if (joins > 0) {
            notes.inferred(Step.ATTACH_USER, record.at());
            if (notes.previousAt().seen()) {
                notes.inferred(Step.ATTACH_CONFIRM, notes.previousAt());
            }
            if (notes.inferred(Step.CHANNEL_JOIN, record.at())) {
                notes.says(record, Phase.MCS, Kind.MCS, "MCS channel joins begin (judged by size)");
            }
            joinsRequested += joins;
        }
    }

    /// How many of these PDUs the record holds; some clients send all joins in one.
    private static int joinsIn(SizedRecord record, KnownSize join) {
        if (!record.exact()) {
            return join.mayBe(record) ? 1 : 0;
        }
        return record.plainMin() % join.least() == 0 ? record.plainMin() / join.least() : 0;
    }

    /// A Disconnect Provider Ultimatum. The padding of a block cipher makes it as long as an Attach User Confirm and the shortest
    /// updates of a screen, and nothing else that a server says after Connect-Initial.
    private boolean endsIt(SizedRecord record) {
        boolean padded = record.plainMax() < KnownSize.JOIN_CONFIRM.least() && !notes.tls10 && !notes.lossy && (state == State.CONNECT
                || state == State.INFO || state == State.JOINING && notes.has(Step.CHANNEL_JOIN));
        return KnownSize.ULTIMATUM.mayBe(record) && (record.exact() || padded);
    }

    private void joinAnswered(SizedRecord record) {
        if (noteEnding(record)) {
            return;
        }
        if (!notes.has(Step.CHANNEL_JOIN)) {
            if (KnownSize.ATTACH_CONFIRM.mayBe(record)) {
                notes.inferred(Step.ATTACH_CONFIRM, record.at());
            }
            return;
        }
        int joins = joinsIn(record, KnownSize.JOIN_CONFIRM);
        if (joins > 0) {
            joinsConfirmed += joins;
            if (!notes.inferred(Step.CHANNELS_JOINED, record.at()) && !notes.quiet) {
                notes.story.again(Step.CHANNELS_JOINED, record.at());
            }
        }
    }

    /// Set Error Info and the ultimatum have sizes of their own once MCS is up.
    private boolean noteEnding(SizedRecord record) {
        if (record.exact() && KnownSize.ERROR_INFO.mayBe(record)) {
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
            notes.says(record, notes.has(Step.FONT_MAP) ? Phase.SESSION : Phase.MCS, Kind.DISCONNECT,
                    "MCS Disconnect Provider Ultimatum" + (errorInfo ? " after Set Error Info" : "") + " (judged by size)");
        }
    }

    /// [MS-RDPBCGR] 1.3.1.4: nothing follows it. Some keystrokes in one fast-path input are as long.
    private void withdrawUltimatum() {
        notes.story.withdraw(ultimatumAt, Kind.DISCONNECT);
        ultimatumAt = Moment.NEVER;
        errorInfoAt = Moment.NEVER;
        errorInfo = false;
    }

    private void answeredInfo(SizedRecord record) {
        if (noteEnding(record)) {
            return;
        }
        if (KnownSize.LICENSE_ACCEPTED.mayBe(record) || KnownSize.LICENSE_ACCEPTED_ENCRYPTED.mayBe(record)) {
            if (notes.inferred(Step.LICENSE, record.at())) {
                notes.says(record, Phase.LICENSING, Kind.LICENSE, "licensing answered (judged by size)");
            }
            notes.inferred(Step.LICENSE_DONE, record.at());
            bigFromServer = null;
        } else if (record.plainMin() >= KnownSize.DEMAND_ACTIVE.least()) {
            if (notes.inferred(Step.LICENSE, record.at())) {
                notes.says(record, Phase.LICENSING, Kind.LICENSE, "licensing or Demand Active (judged by size)");
            } else if (notes.has(Step.LICENSE_DONE) && KnownSize.DEMAND_ACTIVE.surelyIs(record)
                    && notes.inferred(Step.DEMAND_ACTIVE, record.at())) {
                notes.says(record, Phase.ACTIVATION, Kind.SHARE, "Demand Active (judged by size)");
            }
            bigFromServer = record;
        }
    }

    private void afterInfo(SizedRecord record) {
        saidMuchAfterInfo |= record.plainMax() >= MUCH;
        if (record.exact() && KnownSize.ULTIMATUM.mayBe(record)) {
            ultimatum(record);
            return;
        }
        if (finalizes(record) && bigFromClient != null && bigFromServer != null) {
            notes.inferred(Step.LICENSE_DONE, bigFromServer.at());
            boolean demanded = !notes.inferred(Step.DEMAND_ACTIVE, bigFromServer.at());
            notes.inferred(Step.CONFIRM_ACTIVE, bigFromClient.at());
            notes.says(bigFromClient, Phase.ACTIVATION, Kind.SHARE, (demanded ? "" : "Demand Active and ") + "Confirm Active"
                    + (demanded ? "" : " exchanged") + " (judged by size)");
            state = State.CONFIRMED;
            confirmedFromClient(record);
            return;
        }
        if (KnownSize.CONFIRM_ACTIVE.surelyIs(record) && bigFromServer != null) {
            bigFromClient = record;
            if (notes.has(Step.LICENSE_DONE)) {
                notes.inferred(Step.DEMAND_ACTIVE, bigFromServer.at());
                notes.inferred(Step.CONFIRM_ACTIVE, record.at());
            }
        } else if (KnownSize.LICENSE_ANSWER.surelyIs(record)) {
            notDemanded();
        }
    }

    /// Synchronize, a Control PDU, or Synchronize and up to three of those in one record.
    private static boolean finalizes(SizedRecord record) {
        int shortest = KnownSize.SYNCHRONIZE.least() + KnownSize.CONTROL.least();
        int longest = KnownSize.SYNCHRONIZE.most() + KnownSize.CONTROL.most();
        return KnownSize.SYNCHRONIZE.mayBe(record) || KnownSize.CONTROL.mayBe(record) || record.fits(longest) || record.fits(shortest)
                || record.fits(longest + KnownSize.CONTROL.most()) || record.fits(finalization());
    }

    /// Bytes of a client's Synchronize, two Control PDUs and Font List.
    private static int finalization() {
        return KnownSize.SYNCHRONIZE.most() + 3 * KnownSize.CONTROL.most();
    }

    /// What the client answers in few bytes belongs to the licensing exchange.
    private void notDemanded() {
        if (bigFromServer != null) {
            notes.withdraw(bigFromServer.at(), Kind.SHARE);
        }
        notes.withdraw(Step.DEMAND_ACTIVE);
        bigFromServer = null;
    }

    private void confirmedFromClient(SizedRecord record) {
        if (record.exact() && KnownSize.ULTIMATUM.mayBe(record)) {
            ultimatum(record);
            return;
        }
        finalizationBytes += record.plainMax();
        if (finalizationBytes >= finalization()) {
            notes.inferred(Step.FONT_LIST, record.at());
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
    void judgeByVolume(SizedRecord record) {
        boolean measuring = state == State.INFO && !saidMuchAfterInfo && !notes.lossy;
        if (begun() && record.from() == Side.SERVER && !measuring) {
            serverBytes += record.plainMin();
            boolean much = serverBytes > (notes.lossy ? 8_000 : 12_000) && serverRecords >= 12 && clientRecords >= 10;
            if (state != State.UP && much && (notes.has(Step.CLIENT_INFO) || notes.lossy)) {
                up(record, "session traffic: the session is up (judged by volume)");
            }
        }
    }

    private void up(SizedRecord record, String says) {
        state = State.UP;
        notes.inferred(Step.FONT_MAP, record.at());
        notes.says(record, Phase.SESSION, Kind.SHARE, says);
    }
}
