package dev.rdptrace.session;

import dev.rdptrace.decrypt.Decrypted;
import dev.rdptrace.timeline.Moment;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.wire.tls.HandshakeMessage;

/// Who may be able to open a sealed record.
interface RecordSink {
    /// What [#open] answers for a record that it keeps for the end, when [TlsObserver#replay] brings it again.
    Decrypted SET_ASIDE = new Decrypted.Unavailable("set aside");

    /// Any record in the order of the stream, clear ones too.
    Decrypted open(Side from, int type, int version, byte[] bytes, int offset, int length, Moment at);

    /// A message of the handshake, from the clear or from a record that was opened.
    void message(boolean fromClient, HandshakeMessage message);

    /// Application data that was opened.
    void data(Side from, byte[] plain, Moment at);

    /// Records of this side are missing; -1 where it is not known how many.
    void gap(Side from, int records);

    /// Nothing can be opened.
    enum NoKeys implements RecordSink {
        INSTANCE;

        private static final Decrypted NONE = new Decrypted.Unavailable("no secrets");

        @Override
        public Decrypted open(Side from, int type, int version, byte[] bytes, int offset, int length, Moment at) {
            return NONE;
        }

        @Override
        public void message(boolean fromClient, HandshakeMessage message) {}

        @Override
        public void data(Side from, byte[] plain, Moment at) {}

        @Override
        public void gap(Side from, int records) {}
    }
}
