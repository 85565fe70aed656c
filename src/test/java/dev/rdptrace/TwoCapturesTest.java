package dev.rdptrace;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.Frame;
import dev.rdptrace.capture.Lab;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.compare.Leg;
import dev.rdptrace.compare.PacketLog;
import dev.rdptrace.compare.Pairing;
import dev.rdptrace.compare.SeenPackets;
import dev.rdptrace.diagnosis.Confidence;
import dev.rdptrace.diagnosis.Culprit;
import dev.rdptrace.diagnosis.Incident;
import dev.rdptrace.diagnosis.JudgedAttempt;
import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.diagnosis.SecondCapture;
import dev.rdptrace.net.Packet;
import dev.rdptrace.net.Verdict;
import dev.rdptrace.testkit.CaptureBuilder;
import dev.rdptrace.testkit.CaptureBuilder.Dialogue;
import dev.rdptrace.testkit.Recut;
import dev.rdptrace.testkit.Samples;
import dev.rdptrace.testkit.Tape;
import dev.rdptrace.testkit.Tape.Shot;
import dev.rdptrace.testkit.WindowsPeers;
import dev.rdptrace.testkit.WindowsPeers.Suite;
import dev.rdptrace.timeline.Attempt;
import dev.rdptrace.timeline.Comparison;
import dev.rdptrace.timeline.Comparison.Change;
import dev.rdptrace.timeline.Comparison.Fate;
import dev.rdptrace.timeline.Comparison.Place;
import dev.rdptrace.timeline.Comparison.Sighting;
import dev.rdptrace.timeline.Side;
import dev.rdptrace.wire.x224.Protocols;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/// Two captures of one try tell what one cannot: what was lost between them, what was made there, what was changed.
class TwoCapturesTest {
    private static final int ETHERNET = 14;
    private static final long ONE_WAY_NANOS = 300_000L;

    // ---- recorded pairs ----

    @Test
    void aResetThatWasNeverSentIsForged() {
        Incident client = judge("forged-reset", "forged-reset-server-side");
        assertThat(client.verdict().side()).isEqualTo(Culprit.PATH);
        assertThat(client.verdict().confidence()).isEqualTo(Confidence.SEEN);
        assertThat(client.verdict().id()).isEqualTo("tls-sni-or-policy-reset");
        assertThat(client.verdict().frames()).containsExactly(11L);
        assertThat(facts(client).fromServer().injected()).isOne();
        assertThat(facts(client).fromClient().injected()).isZero();
        assertThat(facts(client).nearClient()).isEqualTo(Place.FIRST);
        Incident server = judge("forged-reset-server-side", "forged-reset");
        assertThat(server.verdict().id()).isEqualTo(client.verdict().id());
        assertThat(server.verdict().confidence()).isEqualTo(Confidence.SEEN);
        assertThat(facts(server).nearClient()).isEqualTo(Place.OTHER);
        assertThat(facts(server).fromServer().injected()).isOne();
    }

    @Test
    void sizesThatVanishAreABlackHole() {
        for (Incident one : List.of(judge("pmtu-black-hole", "pmtu-black-hole-server-side"),
                judge("pmtu-black-hole-server-side", "pmtu-black-hole"))) {
            assertThat(one.verdict().id()).isEqualTo("pmtud-blackhole");
            assertThat(one.verdict().confidence()).isEqualTo(Confidence.SEEN);
            assertThat(facts(one).fromServer().lost()).isEqualTo(8);
            assertThat(facts(one).fromServer().lostBytes()).isEqualTo(1448);
            assertThat(facts(one).fromServer().smallestLostIp()).isEqualTo(1500);
            assertThat(facts(one).fromServer().largestArrivedIp()).isEqualTo(752);
            assertThat(facts(one).fromClient().lost()).isZero();
        }
    }

    /// What the router says is on one side only; the other one shows that the large packets never came.
    @Test
    void whoIgnoresWhatARouterSaysIsBlamedAlsoWhereTwoCapturesShowIt() {
        Dialogue dialogue = WindowsPeers.with(Suite.TLS13).negotiated(Protocols.SSL | Protocols.HYBRID, Protocols.HYBRID).dialogue();
        byte[] part = Arrays.copyOf(WindowsPeers.hello(Suite.TLS13, 1400), 1460);
        dialogue.raw(true, CaptureBuilder.ACK, 0, part).end().tooBig("10.0.0.1", dialogue, 1500, 1300);
        for (int i = 0; i < 4; i++) {
            dialogue.end().pauseMillis(500L << i);
            dialogue.raw(true, CaptureBuilder.ACK, 0, part);
        }
        Tape near = dialogue.clientAck().end().tape();
        Tape far = far(new Tape(near.shots().stream().filter(shot -> shot.wireLength() < part.length && shot.bytes()[23] == 6).toList()));
        Incident alone = near.analyze().incidents().getFirst();
        Incident both = compared(near, far).incidents().getFirst();
        assertThat(alone.verdict().id()).isEqualTo("pmtud-icmp-ignored");
        assertThat(both.verdict().id()).isEqualTo("pmtud-icmp-ignored");
        assertThat(both.verdict().says()).contains("arrived");
        assertThat(both.verdict().side()).isEqualTo(alone.verdict().side()).isEqualTo(Culprit.CLIENT);
    }

    @Test
    void aSynAckThatLeftAndNeverCameIsLostOnTheWay() {
        for (Incident one : List.of(judge("synack-lost", "synack-lost-client-side"), judge("synack-lost-client-side", "synack-lost"))) {
            assertThat(one.verdict().id()).isEqualTo("tcp-synack-lost");
            assertThat(one.verdict().side()).isEqualTo(Culprit.PATH);
            assertThat(one.verdict().confidence()).isEqualTo(Confidence.SEEN);
            assertThat(facts(one).fromServer().matched()).isZero();
        }
    }

    @Test
    void capturesOfDifferentTriesHaveNothingInCommon() {
        Incident one = judge("forged-reset", "success-nla-tls12");
        assertThat(one.compared().orElseThrow().facts()).isEmpty();
        assertThat(one.compared().orElseThrow().points()).singleElement().extracting(SecondCapture.Point::says).asString()
                .contains("holds no connection that this one holds");
        assertThat(one.verdict()).isEqualTo(Samples.report(Path.of("samples/forged-reset")).incidents().getFirst().verdict());
    }

    /// The same client says to the same server what it said before, but for what is random.
    @Test
    void noTwoSamplesOfDifferentRunsArePaired() throws IOException {
        List<String> wrong = new ArrayList<>();
        List<PacketLog> logs = new ArrayList<>();
        for (Path path : Samples.all()) {
            Tape tape = Tape.read(path.resolve("capture.pcapng"));
            logs.add(log(tape));
        }
        List<String> names = Samples.names();
        for (int i = 0; i < names.size(); i++) {
            for (int j = 0; j < names.size(); j++) {
                boolean same = names.get(i).startsWith(names.get(j)) || names.get(j).startsWith(names.get(i));
                if (!same && !Pairing.compare(logs.get(i), logs.get(j)).isEmpty()) {
                    wrong.add(names.get(i) + " and " + names.get(j));
                }
            }
        }
        assertThat(wrong).isEmpty();
    }

    /// What a comparison takes of packets stays the same on its way.
    @Test
    void packetsThatWereTakenDownBeforeCompareAlike() throws IOException {
        for (String name : List.of("forged-reset", "pmtu-black-hole", "success-tls-xrdp")) {
            Tape near = Samples.tape(name);
            Tape there = far(near).map(shot -> renumber(shot, 0x7654_3210));
            PacketLog here = log(near);
            assertThat(Pairing.compare(taken(near), taken(there))).as(name).isEqualTo(Pairing.compare(here, log(there))).hasSize(1);
        }
    }

    /// Of a connection with more packets than are taken down nothing is missed behind the last one.
    @Test
    void whatWasNotTakenDownIsNeitherLostNorForged() throws IOException {
        Tape near = Samples.tape("success-tls-xrdp");
        Tape there = far(near);
        int calm = IntStream.range(there.size() / 3, there.size()).filter(i -> there.shots().get(i).nanos() - there.shots().get(i - 1)
                .nanos() > 10 * ONE_WAY_NANOS).findFirst().orElseThrow();
        Tape half = new Tape(there.shots().subList(0, calm));
        assertThat(Pairing.compare(taken(near), taken(there, half, true)).getFirst().clean()).isTrue();
        assertThat(Pairing.compare(taken(near), taken(there, half, false)).getFirst().clean()).isFalse();
    }

    private static List<Attempt> attempts(Tape tape) {
        return tape.analyze().incidents().stream().flatMap(incident -> incident.attempts().stream()).map(JudgedAttempt::attempt)
                .filter(attempt -> !attempt.overUdp()).toList();
    }

    private static PacketLog log(Tape tape) throws IOException {
        return PacketLog.read(tape.source(), attempts(tape), () -> false);
    }

    /// The same from what was taken down of two halves, each numbered by itself.
    private static PacketLog taken(Tape tape) throws IOException {
        return taken(tape, tape, false);
    }

    /// @param known what was taken down of `tape`
    /// @param cut said so
    private static PacketLog taken(Tape tape, Tape known, boolean cut) throws IOException {
        List<SeenPackets.Writer> halves = List.of(new SeenPackets.Writer(), new SeenPackets.Writer());
        long half = tape.size() / 2;
        long first = Long.MAX_VALUE;
        long last = Long.MIN_VALUE;
        try (PacketSource source = tape.source()) {
            Frame frame = new Frame();
            Packet packet = new Packet();
            while (source.next(frame)) {
                first = Math.min(first, frame.nanos());
                last = Math.max(last, frame.nanos());
                if (frame.number() <= known.size() && packet.wrap(frame) == Verdict.TCP) {
                    boolean second = frame.number() > half;
                    halves.get(second ? 1 : 0).add(packet, second ? frame.number() - half : frame.number(), frame.nanos());
                }
            }
        }
        if (cut) {
            halves.forEach(SeenPackets.Writer::cut);
        }
        List<Leg> legs = attempts(tape).stream().map(one -> new Leg(one.stream(), one.client(), one.server(), one.first().frame()))
                .toList();
        return PacketLog.of(legs, List.of(new SeenPackets(halves.get(0).packets(), 0), new SeenPackets(halves.get(1).packets(), half)),
                first, last);
    }

    @Test
    void aCaptureAgreesWithItself() {
        for (String name : List.of("success-nla-tls13", "success-ipv6", "success-lossy-path", "reset-on-request",
                "success-standard-rdp-security")) {
            Tape tape = Samples.tape(name);
            Incident alone = tape.analyze().incidents().getFirst();
            Incident both = compared(tape, tape).incidents().getFirst();
            assertThat(both.verdict()).isEqualTo(alone.verdict());
            assertThat(facts(both).clean()).as(name).isTrue();
            assertThat(facts(both).offsetNanos()).isZero();
            assertThat(facts(both).nearClient()).isEqualTo(Place.UNKNOWN);
        }
    }

    // ---- the same try as another place would have captured it ----

    @Test
    void theClockOffsetIsFound() {
        Tape near = Samples.tape("success-nla-tls12");
        Tape skewed = far(near).map(shot -> shot.at(shot.nanos() + 3_700_000_000L));
        Comparison facts = facts(compared(near, skewed).incidents().getFirst());
        assertThat(facts.offsetNanos()).isCloseTo(3_700_000_000L, within(1_000_000L));
        assertThat(facts.nearClient()).isEqualTo(Place.FIRST);
        assertThat(facts.transitNanos()).isEqualTo(2 * ONE_WAY_NANOS);
        assertThat(facts.fromClient().hops()).isEqualTo(2);
        assertThat(facts.clean()).isTrue();
    }

    @Test
    void translatedAddressesDoNotHideTheConnection() {
        Tape natted = Samples.tape("forged-reset-server-side").map(shot -> translate(shot));
        Incident one = compared(Samples.tape("forged-reset"), natted).incidents().getFirst();
        assertThat(facts(one).translated()).isTrue();
        assertThat(facts(one).otherClient().toString()).isEqualTo("203.0.113.7:61000");
        assertThat(one.verdict().id()).isEqualTo("tls-sni-or-policy-reset");
        assertThat(one.verdict().confidence()).isEqualTo(Confidence.SEEN);
        assertThat(one.compared().orElseThrow().points()).anyMatch(point -> point.says().contains("translated"));
    }

    @Test
    void otherSequenceNumbersDoNotHideTheConnection() {
        Tape near = Samples.tape("success-tls-xrdp");
        Tape renumbered = far(near).map(shot -> renumber(shot, 0x7654_3210));
        Comparison facts = facts(compared(near, renumbered).incidents().getFirst());
        assertThat(facts.renumberedServer()).isTrue();
        assertThat(facts.renumberedClient()).isFalse();
        assertThat(facts.terminated()).isFalse();
        assertThat(facts.clean()).isTrue();
    }

    @Test
    void offloadIsNoLoss() {
        for (String name : List.of("success-nla-tls12", "success-tls-xrdp", "success-ipv6")) {
            Tape near = Samples.tape(name);
            for (Tape there : List.of(new Recut(7).join(far(near), 9000), new Recut(7).cut(far(near), 3, false))) {
                Comparison facts = facts(compared(near, there).incidents().getFirst());
                assertThat(facts.fromClient().lostBytes()).as(name).isZero();
                assertThat(facts.fromServer().lostBytes()).as(name).isZero();
                assertThat(facts.fromServer().injected() + facts.fromClient().injected()).as(name).isZero();
                assertThat(facts.sightings()).noneMatch(s -> s.length() > 0 && s.fate() == Fate.LOST);
            }
        }
    }

    @Test
    void exactlyWhatIsMissingIsLost() {
        Tape near = Samples.tape("success-tls-xrdp");
        List<Shot> kept = new ArrayList<>(far(near).shots());
        List<Long> gone = new ArrayList<>();
        for (int i = kept.size() - 8; i > 8; i -= 3) {
            if (fromClient(kept.get(i))) {
                kept.remove(i);
                gone.add(0, (long) i + 1);
            }
        }
        Comparison facts = facts(compared(near, new Tape(kept)).incidents().getFirst());
        List<Long> lost = facts.sightings().stream().filter(s -> s.fate() == Fate.LOST && s.length() == 0).map(Sighting::frame).toList();
        List<Long> unseen =
                facts.sightings().stream().filter(s -> s.fate() == Fate.UNKNOWN && s.length() > 0).map(Sighting::frame).toList();
        // Empty segments are lost; payload that the server acknowledges did arrive, and the capture missed it.
        assertThat(Stream.concat(lost.stream(), unseen.stream()).sorted().toList()).isEqualTo(gone);
        assertThat(facts.fromClient().lostBytes()).isZero();
        assertThat(gone).hasSizeGreaterThan(5);
    }

    @Test
    void rewrittenMssIsNamed() {
        Tape near = Samples.tape("success-tls-xrdp");
        Tape clamped = far(near).map(shot -> {
            byte[] b = shot.bytes().clone();
            boolean syn = b.length > ETHERNET + 44 && b[ETHERNET + 9] == 6 && (b[ETHERNET + 33] & 0x02) != 0;
            if (syn && b[ETHERNET + 40] == 2) {
                b[ETHERNET + 42] = 0x04; // MSS 1200
                b[ETHERNET + 43] = (byte) 0xb0;
            }
            return shot.with(b);
        });
        assertThat(facts(compared(near, clamped).incidents().getFirst()).changes()).extracting(Change::from, Change::what)
                .containsExactlyInAnyOrder(org.assertj.core.groups.Tuple.tuple(Side.CLIENT, "MSS"),
                        org.assertj.core.groups.Tuple.tuple(Side.SERVER, "MSS"));
    }

    @Test
    void changedBytesAreSeen() {
        Tape near = Samples.tape("tls-cipher-mismatch");
        Tape damaged = far(near).map(shot -> {
            byte[] b = shot.bytes().clone();
            if (fromClient(shot) && b.length > 150) {
                b[120] ^= 0x40;
            }
            return shot.with(b);
        });
        Incident one = compared(near, damaged).incidents().getFirst();
        assertThat(facts(one).changes()).extracting(Change::what).contains(Change.PAYLOAD);
        assertThat(one.verdict().id()).isEqualTo("tls-payload-corrupted");
        assertThat(one.verdict().side()).isEqualTo(Culprit.PATH);
    }

    @Test
    void whatCameAfterTheOtherCaptureEndedIsNotLost() {
        Tape near = Samples.tape("success-tls-xrdp");
        Comparison facts = facts(compared(near, far(near).part(0, near.size() / 2)).incidents().getFirst());
        assertThat(facts.fromClient().lostBytes() + facts.fromServer().lostBytes()).isZero();
        assertThat(facts.sightings()).filteredOn(s -> s.fate() == Fate.LOST).isEmpty();
        assertThat(facts.sightings()).filteredOn(s -> s.fate() == Fate.UNKNOWN).isNotEmpty();
    }

    @Test
    void brokenBytesNeverThrow() {
        SplittableRandom random = new SplittableRandom(11);
        Tape near = Samples.tape("forged-reset");
        Tape there = Samples.tape("forged-reset-server-side");
        for (int round = 0; round < 60; round++) {
            Tape damaged = there.map(shot -> {
                byte[] b = shot.bytes().clone();
                for (int i = random.nextInt(4); i > 0; i--) {
                    b[random.nextInt(b.length)] = (byte) random.nextInt(256);
                }
                return shot.with(b).at(shot.nanos() + random.nextLong(-1_000_000L, 1_000_000L));
            });
            Analysis one = compared(near.part(0, random.nextInt(1, near.size() + 1)), damaged);
            assertThat(one.incidents()).allMatch(incident -> incident.compared().isPresent());
        }
    }

    // ---- the lab ----

    private record Expected(String run, String side, String id) {}

    @TestFactory
    Stream<DynamicTest> recordedFaultsAreSeenFromBothPlaces() {
        return Stream.of(new Expected("D20_rst_at_clienthello", "path", ""), new Expected("D20_rst_at_cr", "path", ""),
                new Expected("D20_rst_at_credssp_authinfo", "path", ""), new Expected("D20_rst_at_credssp_negotiate", "path", ""),
                new Expected("D21_rst_client_only_at_active", "path", "tcp-rst-by-middlebox-midflow"),
                new Expected("D21_rst_client_only_at_credssp_authenticate", "path", "tcp-rst-by-middlebox-midflow"),
                new Expected("D22_rst_after_delivery_certificate", "path", ""),
                new Expected("D22_rst_after_delivery_clienthello", "path", ""),
                new Expected("D24_stdsec_rst_at_connect_initial", "path", ""),
                new Expected("D24_stdsec_rst_at_security_exchange", "path", ""),
                new Expected("D01_pmtud_blackhole_tls12", "path", "pmtud-blackhole"),
                new Expected("D02_pmtud_blackhole_small_cert_nla", "path", "pmtud-blackhole"),
                new Expected("D61_ipv6_pmtud_blackhole", "path", "pmtud-blackhole"),
                new Expected("D06_fragments_lost", "path", "ip-fragment-loss"),
                new Expected("D54_synack_lost_asymmetric", "path", "tcp-synack-lost"),
                new Expected("D31_oneway_s2c_from_certificate", "path", "tcp-path-death"),
                new Expected("C12_corrupt_client_hello", "path", "tls-payload-corrupted"), new Expected("D57_srv_rst", "server", ""),
                new Expected("B52_credssp_rst_tls13", "server", ""))
                .map(expected -> dynamicTest(expected.run(), () -> {
                    for (boolean turned : new boolean[] {false, true}) {
                        Incident one = lab(expected.run(), turned ? "server" : "client", turned ? "client" : "server");
                        assertThat(one.verdict().side().toString()).isEqualTo(expected.side());
                        assertThat(one.verdict().confidence()).isEqualTo(Confidence.SEEN);
                        assertThat(one.verdict().id()).contains(expected.id());
                    }
                }));
    }

    @TestFactory
    Stream<DynamicTest> whatWorkedLostNothing() {
        return Stream
                .of("A01_xrdp_tls13", "A04_xrdp_stdsec_high", "A08_shadow_nla_tls13", "A17b_port_443", "D58_synproxy", "E01_haproxy_cookie",
                        "B31_negfail_ssl_required", "B01_nla_wrong_password_tls13")
                .map(run -> dynamicTest(run, () -> {
                    Incident one = lab(run, "client", "server");
                    assertThat(facts(one).clean()).isTrue();
                    assertThat(facts(one).nearClient()).isEqualTo(Place.FIRST);
                    assertThat(one.verdict().side()).isNotEqualTo(Culprit.PATH);
                }));
    }

    @Test
    void lossIsLossInBothDirections() throws IOException {
        Incident one = lab("D10_loss_20pct", "client", "server");
        assertThat(one.outcome()).isEqualTo(Outcome.ESTABLISHED);
        assertThat(facts(one).fromClient().lost()).isEqualTo(11);
        assertThat(facts(one).fromServer().lost()).isEqualTo(11);
        assertThat(facts(one).fromClient().lostBytes() + facts(one).fromServer().lostBytes()).isZero();
    }

    @Test
    void theSkewOfARecordedClockIsFound() throws IOException {
        Comparison facts = facts(lab("J04_clock_skew", "client", "server_skewed"));
        assertThat(facts.offsetNanos()).isCloseTo(3_700_000_000L, within(5_000_000L));
        assertThat(facts.clean()).isTrue();
    }

    // ---- tools ----

    private static Incident lab(String run, String here, String there) throws IOException {
        Path folder = Lab.captures().resolve("lab").resolve(run);
        org.junit.jupiter.api.Assumptions.assumeTrue(Files.exists(folder), "no " + folder);
        return judge(folder.resolve(here + ".pcapng"), folder.resolve(there + ".pcapng"));
    }

    private static Incident judge(String here, String there) {
        return judge(Samples.file(here), Samples.file(there));
    }

    private static Incident judge(Path here, Path there) {
        return compared(() -> Captures.open(List.of(here.toString()), InputStream.nullInputStream()),
                () -> Captures.open(List.of(there.toString()), InputStream.nullInputStream())).incidents().getFirst();
    }

    private static Analysis compared(Tape here, Tape there) {
        return compared(here::source, there::source);
    }

    private static Analysis compared(Analyzer.Opening here, Analyzer.Opening there) {
        try {
            Analysis alone = Analyzer.analyze(here, Analyzer.Options.NONE, () -> false);
            return TwoCaptures.compare(alone, here, there, "the other", Analyzer.Options.NONE, () -> false);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static Comparison facts(Incident incident) {
        return incident.compared().orElseThrow().facts().orElseThrow();
    }

    /// Ports of RDP's server are lower.
    private static boolean fromClient(Shot shot) {
        byte[] b = shot.bytes();
        int tcp = ETHERNET + (b[12] == 0x08 ? 20 : 40);
        return u16(b, tcp) > u16(b, tcp + 2);
    }

    /// As a capture two routers nearer to the server has it.
    private static Tape far(Tape near) {
        List<Shot> shots = new ArrayList<>();
        for (Shot shot : near.shots()) {
            byte[] b = shot.bytes().clone();
            int hopLimit = b[12] == 0x08 ? ETHERNET + 8 : ETHERNET + 7;
            boolean tcp = b[12] == 0x08 ? b[ETHERNET + 9] == 6 : b[ETHERNET + 6] == 6;
            boolean up = tcp && fromClient(shot);
            b[hopLimit] += (byte) (up ? -2 : 2);
            shots.add(shot.with(b).at(shot.nanos() + (up ? ONE_WAY_NANOS : -ONE_WAY_NANOS)));
        }
        return new Tape(shots);
    }

    /// The client behind 203.0.113.7, port 61000.
    private static Shot translate(Shot shot) {
        byte[] b = shot.bytes().clone();
        if (b[12] != 0x08 || b[ETHERNET + 9] != 6) {
            return shot;
        }
        boolean up = fromClient(shot);
        int address = ETHERNET + (up ? 12 : 16);
        int port = ETHERNET + 20 + (up ? 0 : 2);
        System.arraycopy(new byte[] {(byte) 203, 0, 113, 7}, 0, b, address, 4);
        b[port] = (byte) (61000 >> 8);
        b[port + 1] = (byte) 61000;
        return shot.with(b);
    }

    /// The server's sequence numbers moved by `shift`.
    private static Shot renumber(Shot shot, int shift) {
        byte[] b = shot.bytes().clone();
        if (b[12] != 0x08 || b[ETHERNET + 9] != 6) {
            return shot;
        }
        int at = ETHERNET + 20 + (fromClient(shot) ? 8 : 4);
        if (!fromClient(shot) || (b[ETHERNET + 33] & 0x10) != 0) {
            int moved = (u16(b, at) << 16 | u16(b, at + 2)) + shift;
            for (int i = 0; i < 4; i++) {
                b[at + i] = (byte) (moved >> 24 - 8 * i);
            }
        }
        return shot.with(b);
    }

    private static int u16(byte[] b, int at) {
        return (b[at] & 0xff) << 8 | b[at + 1] & 0xff;
    }
}
