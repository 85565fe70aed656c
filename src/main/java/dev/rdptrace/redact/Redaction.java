package dev.rdptrace.redact;

import dev.rdptrace.capture.CaptureFacts;
import dev.rdptrace.capture.CaptureFacts.InterfaceFacts;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.capture.Recording;
import dev.rdptrace.net.Packet;
import dev.rdptrace.net.Verdict;
import dev.rdptrace.session.FirstPayload;
import dev.rdptrace.tcp.Connection;
import dev.rdptrace.tcp.Connections;
import dev.rdptrace.tcp.StreamListener;
import dev.rdptrace.timeline.Attempt;
import java.io.IOException;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/// Copies a capture so that it can be passed on: the same frames at the same times, of the same lengths, with other addresses and names.
/// What the decoders of the program read of the handshake stays as they read it; everything else is emptied, or cut off where it belongs
/// to no connection of RDP. Nothing but packets is copied: no comment, no name of an interface, no secret unless that is wanted.
public final class Redaction {
    private static final int RDP_PORT = 3389;
    /// Frames wait for the end of their message; of more, the first do no longer.
    private static final long MOST_HELD = 32L << 20;
    private static final int OVERHEAD = 1024;
    /// Ethernet, IP and TCP.
    private static final int USUAL_HEADERS = 3;
    private static final String NOTE = "addresses and names are replaced, and what is not of an RDP handshake is left out";

    private final Addresses addresses = new Addresses();
    private final Names names = new Names();
    private final Masks masks = new Masks(names);
    private final Fields fields;
    private final boolean keepSecrets;
    private final BitSet ports = new BitSet(65536);
    private final Datagrams datagrams;
    private final Connections connections;
    private final Packet packet = new Packet();
    private final TreeMap<Long, HeldFrame> held = new TreeMap<>(); // by the number of the frame
    private final Map<Integer, List<HeldFrame>> fragments = new LinkedHashMap<>(); // by the number of their datagram
    private long next = 1;
    private long heldBytes;
    private int secrets; // of the capture that are in the copy
    private int unnamed; // networks at the beginning of the copy that the capture does not name
    private final Packet emptied = new Packet();
    private final Frame part = new Frame();

    /// @param rdpPorts more ports to take for RDP, those of gateways too
    /// @param keepSecrets keep the TLS secrets of the capture, and what they open
    public Redaction(Set<Integer> rdpPorts, boolean keepSecrets) {
        this.keepSecrets = keepSecrets;
        fields = new Fields(names, addresses, keepSecrets);
        ports.set(RDP_PORT);
        ports.set(Attempt.CONSOLE_PORT);
        rdpPorts.forEach(ports::set);
        datagrams = new Datagrams(fields, masks, ports);
        connections = new Connections(new Interest());
    }

    private final class Interest implements Connections.Interest {
        @Override
        public boolean port(int port) {
            return ports.get(port);
        }

        @Override
        public Connections.Speaker firstPayload(int port, byte[] bytes, int offset, int length) {
            return FirstPayload.speaker(port, bytes, offset, length);
        }

        @Override
        public StreamListener follow(Connection connection) {
            return new Dialogue(connection, fields, masks, keepSecrets, connections::learn);
        }
    }

    /// Reads `source` to its end, or until `stop` says so.
    ///
    /// @return what would be given away otherwise, in words; empty where all is well
    public String write(PacketSource source, OutputStream out, String application, BooleanSupplier stop) throws IOException {
        Recording copy = new Recording(out, application, NOTE);
        Frame frame = new Frame();
        long last = 0;
        while (source.next(frame) && !(frame.number() % 1024 == 0 && stop.getAsBoolean())) {
            last = frame.nanos() == Frame.NO_TIME ? last : frame.nanos();
            accept(frame, last);
            release(source, copy);
        }
        connections.end();
        fragments.values().forEach(all -> all.forEach(HeldFrame::finish));
        release(source, copy);
        describe(source.facts(), Integer.MAX_VALUE, copy);
        List<InterfaceFacts> networks = source.facts().interfaces();
        for (int i = 0; i < networks.size(); i++) {
            if (networks.get(i).received() >= 0 || networks.get(i).dropped() >= 0) {
                copy.statistics(unnamed + i, last, networks.get(i).received(), networks.get(i).dropped());
            }
        }
        copy.flush();
        return addresses.full() ? "more than " + Addresses.MOST + " addresses" : names.full() ? "more than " + Names.MOST + " names" : "";
    }

    /// What a frame needs before it, and no more: another place of the others would be another capture.
    private void describe(PacketSource source, HeldFrame frame, Recording copy) throws IOException {
        if (copy.networks() - unnamed <= frame.network || keepSecrets) {
            describe(source.facts(), frame.network + 1, copy);
        }
        unnamed = copy.networks() == 0 && frame.network < 0 ? 1 : unnamed;
        while (copy.networks() - unnamed <= frame.network) {
            copy.network(new InterfaceFacts(frame.linkType, "", 0, "", -1, -1)); // the capture names none
        }
    }

    private void describe(CaptureFacts facts, int networks, Recording copy) throws IOException {
        for (int i = copy.networks() - unnamed; i < Math.min(networks, facts.interfaces().size()); i++) {
            InterfaceFacts network = facts.interfaces().get(i);
            copy.network(new InterfaceFacts(network.linkType(), "", network.snapLength(), "", -1, -1));
        }
        for (; keepSecrets && secrets < facts.secrets().size(); secrets++) {
            copy.secrets(facts.secrets().get(secrets));
        }
    }

    private void accept(Frame frame, long nanos) {
        Verdict verdict = packet.wrap(frame);
        HeldFrame one = new HeldFrame(frame, packet, verdict, addresses);
        held.put(frame.number(), one);
        heldBytes += one.wireLength + OVERHEAD;
        if (packet.headers().datagram() > 0) {
            List<HeldFrame> all = fragments.computeIfAbsent(packet.headers().datagram(), _ -> new ArrayList<>());
            all.add(one);
            if (verdict == Verdict.FRAGMENT) {
                return;
            }
            fragments.remove(packet.headers().datagram());
            if (verdict != Verdict.TCP && verdict != Verdict.UDP) {
                all.forEach(HeldFrame::finish);
                return;
            }
            one = new HeldFrame(packet, all, addresses);
        }
        if (verdict == Verdict.TCP) {
            tcp(frame, one, nanos);
        } else if (verdict == Verdict.UDP) {
            payload(one, datagrams.udp(packet));
        }
        if (one.dialogue == null) {
            if (packet.headers().datagram() == 0 && (verdict != Verdict.TCP && verdict != Verdict.UDP
                    || packet.headers().count() > USUAL_HEADERS)) {
                shorten(one, frame, verdict);
            }
            one.finish();
        }
    }

    /// What is emptied may be read otherwise, as a tunnel of which nothing is left that says what is in it: cuts off what would then be
    /// cut off, so that a copy of the copy is the same.
    private void shorten(HeldFrame one, Frame frame, Verdict verdict) {
        int before;
        do {
            before = one.length;
            part.set(one.bytes, 0, one.length, one.wireLength, frame.number(), frame.nanos(), frame.linkType(), frame.interfaceIndex());
            Verdict now = emptied.wrap(part);
            if (now != verdict || emptied.headers().count() != packet.headers().count()) {
                one.length = Math.min(one.length, new HeldFrame(part, emptied, now, new Addresses()).length);
            }
        } while (one.length < before);
    }

    private void payload(HeldFrame frame, byte[] kept) {
        frame.payload(kept);
        if (kept.length >= packet.payloadCaptured()) {
            frame.trailer();
        }
    }

    private void tcp(Frame frame, HeldFrame one, long nanos) {
        connections.accept(packet, frame.number(), nanos);
        boolean empty = packet.payloadLength() == 0;
        if (empty) {
            one.trailer();
        } else if (packet.has(Packet.RST)) {
            payload(one, masks.of(packet.bytes(), packet.payloadOffset(), packet.payloadCaptured()));
        } else if (connections.follower() instanceof Dialogue dialogue) {
            one.payload(packet.payloadCaptured());
            one.trailer();
            one.dialogue = dialogue;
            one.side = dialogue.connection().sender(packet);
            dialogue.hold(one, packet.sequence());
        } else {
            payload(one, datagrams.tcp(packet));
        }
    }

    private static void hurry(HeldFrame frame) {
        if (frame.dialogue != null) {
            frame.dialogue.hurry(frame);
        } else {
            frame.finish(); // a fragment
        }
    }

    private void release(PacketSource source, Recording copy) throws IOException {
        while (!held.isEmpty() && held.firstKey() == next) {
            HeldFrame first = held.firstEntry().getValue();
            if (!first.finished && heldBytes > MOST_HELD) {
                hurry(first);
            }
            if (!first.finished) {
                return;
            }
            held.remove(next++);
            heldBytes -= first.wireLength + OVERHEAD;
            describe(source, first, copy);
            copy.packet(first.network < 0 ? 0 : unnamed + first.network, first.nanos, first.bytes, 0, first.length, first.wireLength,
                    List.of());
        }
    }
}
