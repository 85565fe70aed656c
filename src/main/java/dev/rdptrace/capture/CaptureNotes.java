package dev.rdptrace.capture;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the readers of one input learn about it besides frames. Every list has a bound.
///
/// One thread reads and writes; others may ask for the [#facts] meanwhile and get them as they stand.
final class CaptureNotes {
    private static final int MAX_INTERFACES = 65_536;
    private static final int MAX_NAMES = 65_536;
    private static final int MAX_NOTES = 100;
    private static final long MAX_SECRET_BYTES = 64L << 20;

    /// An interface of one section of one file.
    static final class Interface {
        final int linkType;
        final int snapLength;
        /// In the ledger, once it is there.
        int index;
        String name = "";
        String filter = "";
        private long received = -1;
        private long dropped = -1;
        /// `if_tsresol` as it is.
        int resolution = 6;
        /// `if_tsoffset`.
        long offsetSeconds;
        /// `if_fcslen`, or -1.
        int frameCheckBits = -1;

        final String file;
        final int section;

        Interface(int linkType, int snapLength, String file, int section) {
            this.file = file;
            this.section = section;
            this.linkType = linkType;
            this.snapLength = snapLength;
        }
    }

    private final List<Interface> interfaces = new ArrayList<>();
    private final List<byte[]> secrets = new ArrayList<>();
    private final List<CaptureFacts.Name> names = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private long secretBytes;
    /// What was last told, or `null` where something has come since.
    private @Nullable CaptureFacts told;

    Interface add(int linkType, int snapLength, String file, int section) throws Damage {
        return add(new Interface(linkType, snapLength, file, section));
    }

    /// From now on its name and its filter stay as they are.
    synchronized Interface add(Interface described) throws Damage {
        if (interfaces.size() == MAX_INTERFACES) {
            throw new Damage("more than " + MAX_INTERFACES + " interfaces");
        }
        described.index = interfaces.size();
        interfaces.add(described);
        told = null;
        return described;
    }

    /// What an interface has counted.
    ///
    /// @param received -1 where it does not say
    /// @param dropped -1 where it does not say
    synchronized void counted(Interface by, long received, long dropped) {
        by.received = received < 0 ? by.received : received;
        by.dropped = dropped < 0 ? by.dropped : dropped;
        told = null;
    }

    Interface at(int index) {
        return interfaces.get(index);
    }

    int count() {
        return interfaces.size();
    }

    synchronized void secret(byte[] keyLog) {
        if (secretBytes + keyLog.length > MAX_SECRET_BYTES) {
            note("more than 64 MiB of decryption secrets, the rest was left out");
            return;
        }
        secretBytes += keyLog.length;
        secrets.add(keyLog);
        told = null;
    }

    synchronized void name(String address, String name) {
        if (names.size() < MAX_NAMES) {
            names.add(new CaptureFacts.Name(address, name));
            told = null;
        }
    }

    synchronized void note(String text) {
        if (notes.size() < MAX_NOTES && !notes.contains(text)) {
            notes.add(text);
            told = null;
        }
    }

    synchronized CaptureFacts facts(List<CaptureFacts.FileFacts> files) {
        if (told == null) {
            List<CaptureFacts.InterfaceFacts> facts = new ArrayList<>();
            for (Interface one : interfaces) {
                facts.add(new CaptureFacts.InterfaceFacts(one.linkType, one.name, one.snapLength, one.filter, one.received, one.dropped,
                        one.file, one.section));
            }
            told = new CaptureFacts(List.of(), List.copyOf(facts), List.copyOf(secrets), List.copyOf(names), List.copyOf(notes));
        }
        return new CaptureFacts(List.copyOf(files), told.interfaces(), told.secrets(), told.names(), told.notes());
    }
}
