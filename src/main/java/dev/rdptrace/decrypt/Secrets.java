package dev.rdptrace.decrypt;

import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/// Everything that opens connections, shared by all connections of one analysis, and what they learn from each other:
/// the master secrets of sessions that may be resumed.
public final class Secrets {
    /// Remembered sessions; the oldest are forgotten.
    private static final int MOST_SESSIONS = 20_000;

    private final KeyLog keyLog;
    private final List<RsaKey> rsaKeys = new ArrayList<>();
    private final Map<String, byte[]> sessions = new LinkedHashMap<>() {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, byte[]> eldest) {
            return size() > MOST_SESSIONS;
        }
    };

    private final List<Supplier<byte[]>> growing = new ArrayList<>();
    private long remembered;
    private final RecordCipher.Gcm[] gcm = {new RecordCipher.Gcm(), new RecordCipher.Gcm()};

    public Secrets(KeyLog keyLog) {
        this.keyLog = keyLog;
    }

    public KeyLog keyLog() {
        return keyLog;
    }

    public void add(RsaKey key) {
        rsaKeys.add(key);
    }

    /// Follows a key log that is still being written.
    ///
    /// @param more what was added since it was last asked; asked whenever a record is opened, so it should be quick
    public void follow(Supplier<byte[]> more) {
        growing.add(more);
    }

    /// Nothing to try with.
    public boolean isEmpty() {
        return keyLog.size() == 0 && rsaKeys.isEmpty() && growing.isEmpty();
    }

    List<RsaKey> rsaKeys() {
        return rsaKeys;
    }

    /// Shared by all records of one direction.
    RecordCipher.Gcm gcm(boolean client) {
        return gcm[client ? 0 : 1];
    }

    /// @param handle a session id or a session ticket
    void remember(byte[] handle, byte[] masterSecret) {
        if (handle.length > 0) {
            sessions.put(HexFormat.of().formatHex(handle), masterSecret);
            remembered++;
        }
    }

    /// The master secret of the session, or no bytes.
    byte[] session(byte[] handle) {
        byte[] master = handle.length == 0 ? null : sessions.get(HexFormat.of().formatHex(handle));
        return master == null ? new byte[0] : master;
    }

    /// Grows with everything that could open a connection which nothing has opened so far.
    ///
    /// @param resumed a connection for which remembered sessions count too
    long changes(boolean resumed) {
        for (Supplier<byte[]> log : growing) {
            byte[] more = log.get();
            if (more.length > 0) {
                keyLog.append(more);
            }
        }
        return keyLog.changes() + rsaKeys.size() + (resumed ? remembered : 0);
    }
}
