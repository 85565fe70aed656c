package dev.rdptrace.sim;

import static dev.rdptrace.testkit.WindowsPeers.HYBRID;
import static dev.rdptrace.testkit.WindowsPeers.HYBRID_EX;
import static dev.rdptrace.testkit.WindowsPeers.SSL;

import dev.rdptrace.Analysis;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.Samples;
import dev.rdptrace.testkit.Tape;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Phase;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.timeline.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;

/// What client and server say when all goes well, in order.
///
/// @param goodbye what a client says before it closes, sealed where the script is
/// @param refusals what a server says in place of a message to refuse
record Script(String name, boolean windows, List<Line> lines, byte[] goodbye, Map<Integer, byte[]> refusals) {

    /// One message.
    ///
    /// @param phase the phase of its last step
    /// @param inSession after the handshake
    /// @param unasked said at once, and nobody waits for it
    record Line(Side from, byte[] bytes, Phase phase, boolean inSession, boolean unasked) {
        @Override
        public String toString() {
            return phase + " of " + from;
        }
    }

    private static final byte[] ALERT = {21, 3, 3, 0, 2, 2, 40};

    static final List<Script> ALL = all();

    private static List<Script> all() {
        int every = SSL | HYBRID | HYBRID_EX;
        List<Script> scripts = new ArrayList<>();
        for (Suite suite : Suite.values()) {
            scripts.add(new Talk("NLA, " + suite, true, suite).says(Phase.X224, peers -> peers.negotiated(every, HYBRID_EX))
                    .says(Phase.TLS, WindowsPeers::tls).says(Phase.CREDSSP, peers -> peers.ntlm().accepted().down(4))
                    .says(Phase.MCS, peers -> peers.connect().join(4)).activated().script(peers -> peers.graphics(4).up(60).graphics(3)));
            scripts.add(new Talk("Kerberos, " + suite, true, suite).says(Phase.X224, peers -> peers.negotiated(every, HYBRID_EX))
                    .says(Phase.TLS, WindowsPeers::tls).says(Phase.CREDSSP, peers -> peers.userToUser().accepted().down(4))
                    .says(Phase.MCS, peers -> peers.connect().join(3)).activated().script(peers -> peers.graphics(3)));
            scripts.add(new Talk("NLA without authorization, " + suite, true, suite).says(Phase.X224,
                    peers -> peers.negotiated(SSL | HYBRID, HYBRID))
                    .says(Phase.TLS, WindowsPeers::tls).says(Phase.CREDSSP, peers -> peers.ntlm().accepted())
                    .says(Phase.MCS, peers -> peers.connect().join(4)).activated().script(peers -> peers.graphics(3)));
            scripts.add(new Talk(TLS_ONLY + ", " + suite, true, suite).says(Phase.X224, peers -> peers.negotiated(SSL, SSL))
                    .says(Phase.TLS, WindowsPeers::tls).says(Phase.MCS, peers -> peers.connect().join(4)).activated()
                    .script(peers -> peers.graphics(3)));
            scripts.add(new Talk("FreeRDP 3 and its like, " + suite, false, suite).says(Phase.X224, peers -> peers.negotiated(SSL | HYBRID,
                    HYBRID))
                    .says(Phase.TLS, WindowsPeers::tls).says(Phase.CREDSSP, peers -> peers.ntlm().accepted())
                    .says(Phase.MCS, WindowsPeers::connect).activated().script(peers -> peers.graphics(3)));
        }
        for (String sample : List.of("success-tls-xrdp", "success-standard-rdp-security", "success-nla-tls12", "success-nla-tls13")) {
            scripts.add(recorded(sample, Samples.tape(sample)));
        }
        return List.copyOf(scripts);
    }

    /// A conversation of peers that need no capture, phase by phase.
    private static final class Talk {
        private final String name;
        private final boolean windows;
        private final CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        private final WindowsPeers peers;
        private final List<Line> lines = new ArrayList<>();
        private int frames;

        Talk(String name, boolean windows, Suite suite) {
            this.name = name;
            this.windows = windows;
            this.peers = new WindowsPeers(capture, capture.tcp(WindowsPeers.CLIENT, 50123, WindowsPeers.SERVER, 3389).mss(16_000), suite);
        }

        Talk says(Phase phase, Consumer<WindowsPeers> what) {
            return says(phase, false, what);
        }

        private Talk says(Phase phase, boolean inSession, Consumer<WindowsPeers> what) {
            what.accept(peers);
            List<Tape.Shot> said = capture.tape().shots();
            for (; frames < said.size(); frames++) {
                byte[] frame = said.get(frames).bytes();
                if (payload(frame).length > 0) {
                    lines.add(new Line(sender(frame), payload(frame), phase, inSession, false));
                }
            }
            return this;
        }

        /// Client Info, network detection, licence, Demand and Confirm Active, the finalization up to the Font Map.
        Talk activated() {
            return says(Phase.INFO, p -> p.up(404).down(24).up(25)).says(Phase.LICENSING, p -> p.down(34))
                    .says(Phase.ACTIVATION, p -> p.down(472).up(492).up(37, 41, 41, 45).down(36).down(40).down(42).down(44));
        }

        Script script(Consumer<WindowsPeers> session) {
            says(Phase.SESSION, true, session);
            byte[] goodbye = payload(peers.upAlert().tape().shots().get(frames).bytes());
            Map<Integer, byte[]> refusals = new TreeMap<>();
            for (int i = 0; i < lines.size(); i++) {
                Line line = lines.get(i);
                if (line.from() == Side.SERVER && line.phase() == Phase.X224) {
                    refusals.put(i, CaptureBuilder.connectionConfirm(3, name.startsWith(TLS_ONLY) ? NLA_REQUIRED : NO_CERTIFICATE));
                } else if (line.from() == Side.SERVER && line.phase() == Phase.TLS && !refusals.containsValue(ALERT)) {
                    refusals.put(i, ALERT);
                } else if (line.from() == Side.SERVER && line.phase() == Phase.CREDSSP && line.bytes().length > 40) {
                    refusals.put(i, peers.record(15));
                }
            }
            return new Script(name, windows, List.copyOf(lines), goodbye, refusals);
        }
    }

    /// What a client that is refused tries next.
    Optional<Script> fallback() {
        return name.startsWith(TLS_ONLY) ? ALL.stream().filter(script -> script.name.equals(name.replace(TLS_ONLY, "NLA")))
                .findFirst() : Optional.empty();
    }

    /// [MS-RDPBCGR] 2.2.10.2: the message before this one said whether the user may enter.
    boolean asksMayEnter(int stage) {
        return windows && stage > 0 && lines.get(stage).phase() == Phase.MCS && lines.get(stage - 1).phase() == Phase.CREDSSP
                && lines.get(stage - 1).from() == Side.SERVER;
    }

    private static final String TLS_ONLY = "TLS only";
    private static final int NO_CERTIFICATE = 3;
    private static final int NLA_REQUIRED = 5;

    /// As real peers recorded it; what came without a pause is one message.
    private static Script recorded(String name, Tape tape) {
        Analysis analysis = tape.analyze();
        Attempt attempt = analysis.incidents().getFirst().attempts().getFirst().attempt();
        Map<Long, Step> steps = new TreeMap<>();
        attempt.steps().forEach((step, at) -> steps.merge(at.frame(), step, (a, b) -> a.compareTo(b) > 0 ? a : b));
        List<Line> lines = new ArrayList<>();
        long[] seen = new long[2];
        Phase phase = Phase.X224;
        boolean up = false;
        long before = 0;
        int after = 0;
        byte[] tickets = null;
        for (int i = 0; i < tape.size(); i++) {
            Tape.Shot shot = tape.shots().get(i);
            byte[] frame = shot.bytes();
            byte[] payload = payload(frame);
            if (payload.length == 0) {
                continue;
            }
            Side from = sender(frame);
            long sequence = java.nio.ByteBuffer.wrap(frame, 38, 4).getInt() & 0xffff_ffffL;
            if (Long.compareUnsigned(sequence, seen[from.ordinal()]) < 0) {
                continue; // said before
            }
            seen[from.ordinal()] = sequence + payload.length;
            Step step = steps.get((long) i + 1);
            boolean inSession = up;
            if (step != null) {
                phase = step.phase();
                up |= step == Step.FONT_MAP;
            }
            Line last = lines.isEmpty() ? null : lines.getLast();
            if (tickets != null && from == Side.CLIENT) {
                lines.add(new Line(Side.SERVER, tickets, phase, false, true));
                lines.add(new Line(from, payload, phase, false, false));
                tickets = null;
                continue;
            }
            boolean tls13 = attempt.tls().serverHello().map(hello -> hello.version().is13()).orElse(false);
            boolean finished = attempt.at(Step.CLIENT_FINISHED).seen() && attempt.at(Step.CLIENT_FINISHED).frame() <= i;
            if (tls13 && finished && from == Side.SERVER && phase == Phase.TLS) {
                tickets = payload;
                continue;
            }
            if (last != null && last.from() == from && shot.nanos() - before < 2_000_000 && last.inSession() == inSession) {
                lines.set(lines.size() - 1, new Line(from, joined(last.bytes(), payload), phase, inSession, false));
            } else {
                lines.add(new Line(from, payload, inSession ? Phase.SESSION : phase, inSession, false));
            }
            before = shot.nanos();
            if (inSession && ++after > 6) {
                break;
            }
        }
        return new Script(name, false, List.copyOf(lines), new byte[0], Map.of());
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] both = java.util.Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
    }

    private static Side sender(byte[] frame) {
        return ((frame[34] & 0xff) << 8 | frame[35] & 0xff) == 3389 ? Side.SERVER : Side.CLIENT;
    }

    private static byte[] payload(byte[] frame) {
        if (frame[12] != 8 || frame[13] != 0 || frame[23] != 6) {
            return new byte[0];
        }
        int length = (frame[16] & 0xff) << 8 | frame[17] & 0xff;
        int from = 34 + ((frame[46] & 0xff) >> 4) * 4;
        return java.util.Arrays.copyOfRange(frame, from, Math.max(from, 14 + length));
    }
}
