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
    record Line(Side from, byte[] bytes, Phase phase, boolean inSession) {
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
            scripts.add(windows("NLA, " + suite, suite, peers -> peers.negotiated(every, HYBRID_EX).tls().ntlm().accepted().down(4)
                    .connect().join(4)
                    .session().graphics(4).up(60).graphics(3)));
            scripts.add(windows("Kerberos, " + suite, suite, peers -> peers.negotiated(every, HYBRID_EX).tls().userToUser().accepted()
                    .down(4).connect()
                    .join(3).session().graphics(3)));
            scripts.add(windows("NLA without authorization, " + suite, suite, peers -> peers.negotiated(SSL | HYBRID, HYBRID).tls().ntlm()
                    .accepted()
                    .connect().join(4).session().graphics(3)));
            scripts.add(windows("TLS only, " + suite, suite, peers -> peers.negotiated(SSL, SSL).tls().connect().join(4).session()
                    .graphics(3)));
            scripts.add(of("FreeRDP 3 and its like, " + suite, false, suite, peers -> peers.negotiated(SSL | HYBRID, HYBRID).tls().ntlm()
                    .accepted().connect()
                    .session().graphics(3)));
        }
        for (String sample : List.of("success-tls-xrdp", "success-standard-rdp-security", "success-nla-tls12", "success-nla-tls13")) {
            scripts.add(of(sample, false, Samples.tape(sample)));
        }
        return List.copyOf(scripts);
    }

    private static Script windows(String name, Suite suite, Consumer<WindowsPeers> talk) {
        return of(name, true, suite, talk);
    }

    private static Script of(String name, boolean windows, Suite suite, Consumer<WindowsPeers> talk) {
        CaptureBuilder capture = new CaptureBuilder().stepMicros(500);
        CaptureBuilder.Dialogue dialogue = capture.tcp(WindowsPeers.CLIENT, 50123, WindowsPeers.SERVER, 3389).mss(16_000);
        WindowsPeers peers = new WindowsPeers(capture, dialogue, suite);
        talk.accept(peers);
        Script script = of(name, true, capture.tape());
        boolean tlsOnly = name.startsWith(TLS_ONLY);
        CaptureBuilder said = new CaptureBuilder();
        new WindowsPeers(said, said.tcp(WindowsPeers.CLIENT, 1, WindowsPeers.SERVER, 3389), suite).upAlert();
        byte[] refused = peers.record(15);
        Map<Integer, byte[]> refusals = new TreeMap<>();
        for (int i = 0; i < script.lines.size(); i++) {
            Line line = script.lines.get(i);
            if (line.from() == Side.SERVER && line.phase() == Phase.X224) {
                refusals.put(i, CaptureBuilder.connectionConfirm(3, tlsOnly ? NLA_REQUIRED : NO_CERTIFICATE));
            } else if (line.from() == Side.SERVER && line.phase() == Phase.TLS && !refusals.containsValue(ALERT)) {
                refusals.put(i, ALERT);
            } else if (line.from() == Side.SERVER && line.phase() == Phase.CREDSSP && line.bytes().length > 40) {
                refusals.put(i, refused);
            }
        }
        return new Script(name, windows, script.lines, payload(said.tape().shots().getFirst().bytes()), refusals);
    }

    /// What a client that is refused tries next.
    Optional<Script> fallback() {
        return name.startsWith(TLS_ONLY) ? ALL.stream().filter(script -> script.name.equals(name.replace(TLS_ONLY, "NLA")))
                .findFirst() : Optional.empty();
    }

    private static final String TLS_ONLY = "TLS only";
    private static final int NO_CERTIFICATE = 3;
    private static final int NLA_REQUIRED = 5;

    private static Script of(String name, boolean windows, Tape tape) {
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
        for (int i = 0; i < tape.size(); i++) {
            Tape.Shot shot = tape.shots().get(i);
            byte[] frame = shot.bytes();
            byte[] payload = payload(frame);
            if (payload.length == 0) {
                continue;
            }
            boolean fromServer = ((frame[34] & 0xff) << 8 | frame[35] & 0xff) == 3389;
            long sequence = java.nio.ByteBuffer.wrap(frame, 38, 4).getInt() & 0xffff_ffffL;
            if (Long.compareUnsigned(sequence, seen[fromServer ? 1 : 0]) < 0) {
                continue; // said before
            }
            seen[fromServer ? 1 : 0] = sequence + payload.length;
            Step step = steps.get((long) i + 1);
            boolean inSession = up;
            if (step != null) {
                phase = step.phase();
                up |= step == Step.FONT_MAP;
            }
            Side from = fromServer ? Side.SERVER : Side.CLIENT;
            Line last = lines.isEmpty() ? null : lines.getLast();
            if (!windows && last != null && last.from() == from && shot.nanos() - before < 2_000_000 && last.inSession() == inSession) {
                lines.set(lines.size() - 1, new Line(from, joined(last.bytes(), payload), phase, inSession));
            } else {
                lines.add(new Line(from, payload, inSession ? Phase.SESSION : phase, inSession));
            }
            before = shot.nanos();
            if (inSession && ++after > 6 && !windows) {
                break;
            }
        }
        return new Script(name, windows, List.copyOf(lines), new byte[0], Map.of());
    }

    private static byte[] joined(byte[] first, byte[] second) {
        byte[] both = java.util.Arrays.copyOf(first, first.length + second.length);
        System.arraycopy(second, 0, both, first.length, second.length);
        return both;
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
