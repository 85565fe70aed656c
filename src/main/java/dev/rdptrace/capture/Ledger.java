package dev.rdptrace.capture;

import java.util.ArrayList;
import java.util.List;

/// What the readers of one input learn about it besides frames. Every list has a bound.
final class Ledger {
    private static final int MAX_INTERFACES = 65_536;
    private static final int MAX_NAMES = 65_536;
    private static final int MAX_NOTES = 100;
    private static final long MAX_SECRET_BYTES = 64L << 20;

    /// An interface of one section of one file.
    static final class Interface {
        final int index;
        final int linkType;
        final int snapLength;
        String name = "";
        String filter = "";
        long received = -1;
        long dropped = -1;
        /// `if_tsresol` as it is.
        int resolution = 6;
        /// `if_tsoffset`.
        long offsetSeconds;
        /// `if_fcslen`, or -1.
        int frameCheckBits = -1;

        private Interface(int index, int linkType, int snapLength) {
            this.index = index;
            this.linkType = linkType;
            this.snapLength = snapLength;
        }
    }

    private final List<Interface> interfaces = new ArrayList<>();
    private final List<byte[]> secrets = new ArrayList<>();
    private final List<CaptureFacts.Name> names = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private long secretBytes;

    Interface add(int linkType, int snapLength) throws Damage {
        if (interfaces.size() == MAX_INTERFACES) {
            throw new Damage("more than " + MAX_INTERFACES + " interfaces");
        }
        Interface added = new Interface(interfaces.size(), linkType, snapLength);
        interfaces.add(added);
        return added;
    }

    Interface at(int index) {
        return interfaces.get(index);
    }

    int count() {
        return interfaces.size();
    }

    void secret(byte[] keyLog) {
        if (secretBytes + keyLog.length > MAX_SECRET_BYTES) {
            note("more than 64 MiB of decryption secrets, the rest was left out");
            return;
        }
        secretBytes += keyLog.length;
        secrets.add(keyLog);
    }

    void name(String address, String name) {
        if (names.size() < MAX_NAMES) {
            names.add(new CaptureFacts.Name(address, name));
        }
    }

    void note(String text) {
        if (notes.size() < MAX_NOTES && !notes.contains(text)) {
            notes.add(text);
        }
    }

    CaptureFacts facts(List<CaptureFacts.FileFacts> files) {
        List<CaptureFacts.InterfaceFacts> facts = new ArrayList<>();
        for (Interface one : interfaces) {
            facts.add(new CaptureFacts.InterfaceFacts(one.linkType, one.name, one.snapLength, one.filter, one.received, one.dropped));
        }
        return new CaptureFacts(List.copyOf(files), List.copyOf(facts), List.copyOf(secrets), List.copyOf(names), List.copyOf(notes));
    }
}
