package dev.rdptrace.session;

import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.SizedRecord;
import dev.rdptrace.wire.x224.Protocols;
import java.util.function.LongPredicate;

/// Tells the steps inside TLS apart without keys: by the size, direction, order and time of the encrypted records.
///
/// The client's records lead, since its sequence is the more rigid one: first [LogonBySize], then [SessionBySize].
final class SizeReader {
    private final SizeNotes notes;
    private final LogonBySize logon;
    private final SessionBySize session;
    private final boolean[] afterFront = new boolean[2];
    private boolean onlyRecord;

    SizeReader(EventLog story) {
        notes = new SizeNotes(story);
        logon = new LogonBySize(notes);
        session = new SessionBySize(notes);
    }

    LogonBySize logon() {
        return logon;
    }

    SessionBySize session() {
        return session;
    }

    /// @param known the negotiation was seen; otherwise `selected` is a guess that the first record may correct
    void begin(Protocols selected, boolean known, boolean tls13, boolean tls10) {
        if (notes.selected != selected) { // told after every record, and a reference less to write
            notes.selected = selected;
        }
        notes.known = known;
        notes.tls13 = tls13;
        notes.tls10 = tls10;
    }

    /// Who answers has heard: whether the server had acknowledged the client's stream up to an offset when it sent what came last.
    void heard(LongPredicate upTo) {
        notes.heard = upTo;
    }

    /// A record of the client ends there in its stream.
    void clientSaid(long end) {
        notes.clientEnd = end;
    }

    /// What is inside is not RDP itself: sizes are noted and not read.
    void onlyRecord() {
        onlyRecord = true;
    }

    /// Records are missing from the capture: order proves less from now on.
    void lost() {
        notes.lossy = true;
        logon.lost();
    }

    /// A record that was opened with keys: it moves the judgement along, so that it knows its place should the next record
    /// stay shut, but says nothing.
    void follow(SizedRecord record) {
        notes.quiet = true;
        accept(record);
        notes.quiet = false;
    }

    /// The next record after both Finished.
    void accept(SizedRecord record) {
        notes.story.record(record);
        if (onlyRecord) {
            return;
        }
        if (record.alert()) {
            logon.alert(record.from());
            return;
        }
        if (record.plainMax() == 0 || frontOfTwo(record)) {
            return;
        }
        session.count(record);
        if (record.from() == Side.CLIENT) {
            if (session.begun()) {
                session.fromClient(record);
            } else if (logon.fromClient(record)) {
                session.begin(record);
            }
        } else {
            if (!session.joining() && logon.isTicket(record)) {
                return;
            }
            if (session.begun()) {
                session.fromServer(record);
            } else {
                logon.fromServer(record);
            }
            notes.fromServer(record);
        }
        session.judgeByVolume(record);
    }

    /// The record of one byte or none in front of each CBC record of TLS 1.0, against BEAST. Nothing before the credentials is so
    /// short but a refusal of the server, which may have the size of one: what follows tells.
    private boolean frontOfTwo(SizedRecord record) {
        boolean opened = record.exact();
        if (!notes.tls10 || notes.selected.has(Protocols.RDSTLS)) {
            return false;
        }
        int side = record.from().ordinal();
        boolean shortest = opened ? record.plainMax() <= 1 : record.plainMin() == 0;
        boolean tooShort = record.plainMax() < (record.from() == Side.CLIENT ? KnownSize.TOKEN : KnownSize.ERROR_CODE).least();
        notes.splits[side] |= shortest && tooShort && logon.beforeCredentials();
        afterFront[side] = shortest && notes.splits[side] && !afterFront[side];
        return afterFront[side];
    }
}
