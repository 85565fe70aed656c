package dev.rdptrace.tui;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rdptrace.diagnosis.Outcome;
import dev.rdptrace.report.TryRow;
import dev.rdptrace.testkit.Samples;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/// What keys make of what is shown.
class ModelTest {
    private static final String ENTER = "\r";
    private static final String ESCAPE = "\u001b";

    @Test
    void theWorstIsFirstAndEnterShowsItsLadder() {
        Player player = Player.of(80, 24, "success-nla-tls13", "nla-required", "pmtu-black-hole");
        assertThat(player.line(0)).startsWith(" rdptrace  test ").endsWith("3 tries, 2 failed, worst first");
        assertThat(player.picked()).contains("08:27:38", "✗ 192.0.2.10 → 198.51.100.20", "#8");
        assertThat(player.line(4)).contains("✓");
        player.press("j" + ENTER);
        assertThat(player.line(1)).startsWith("  ✗ FAILED  Large packets from the server disappear");
        assertThat(player.terminal.text()).contains("Do first: ", "1448 bytes never seen", "try 2 of 3");
        assertThat(player.picked()).as("the first row that decided").contains("*    #11");
        player.press("]");
        assertThat(player.line(1)).startsWith("  ✓ CONNECTED");
        player.press("]");
        assertThat(player.line(-2)).isEqualTo("This is the last one.");
        player.press(ESCAPE);
        assertThat(player.picked()).as("where it was left").contains("✓");
    }

    @Test
    void theWholeReportIsOneKeyAway() {
        Player player = Player.of(100, 40, "nla-required").press(ENTER + "d");
        assertThat(player.terminal.text()).contains("What happened", "Not the cause:", "1. Client: switch NLA on");
        player.press("G");
        assertThat(player.terminal.text()).contains("Read samples/nla-required/capture.pcapng: pcapng, 12 packets");
        player.press("q");
        assertThat(player.terminal.text()).contains("Enter message").doesNotContain("Not the cause:");
        player.press("qq");
        assertThat(player.wishes).last().isEqualTo(new Wish.Quit());
    }

    @Test
    void searchLeavesWhatMatchesAndEscapeBringsTheRestBack() {
        Player player = Player.of(120, 24, "success-nla-tls13", "nla-required", "pmtu-black-hole").press("/NETWORK LEVEL");
        assertThat(player.line(-2)).isEqualTo("/NETWORK LEVEL_");
        assertThat(player.picked()).contains("The server insists on Network Level Authentication");
        assertThat(player.line(0)).contains("1 of 3 tries");
        player.press("x");
        assertThat(player.picked()).isEmpty();
        player.press("\u007f" + ENTER);
        assertThat(player.line(-2)).isEqualTo("/NETWORK LEVEL");
        player.press(ESCAPE);
        assertThat(player.line(0)).doesNotContain(" of 3");
        player.press("f");
        assertThat(player.line(0)).contains("2 of 3 tries, 2 failed, failed only");
        player.press("/" + "black" + ESCAPE + "f");
        assertThat(player.line(0)).doesNotContain(" of 3");
    }

    @Test
    void inALadderSearchGoesToTheNextMatch() {
        Player player = Player.of(100, 30, "pmtu-black-hole").press(ENTER + "g/ch" + "annel no such" + ENTER);
        assertThat(player.line(-2)).isEqualTo("\"channel no such\" is not here.");
        player.press("/clienthello" + ENTER);
        assertThat(player.picked()).contains("ClientHello");
    }

    @Test
    void everythingThatHappenedHasItsRowsOnDemand() {
        Player player = Player.of(100, 60, "success-nla-tls12").press(ENTER);
        long some = player.terminal.lines().stream().filter(line -> line.contains("│")).count();
        player.press("v");
        long all = player.terminal.lines().stream().filter(line -> line.contains("│")).count();
        assertThat(all).isGreaterThan(some);
        player.press("v");
        assertThat(player.terminal.lines().stream().filter(line -> line.contains("│")).count()).isEqualTo(some);
    }

    @Test
    void aMessageIsShownFieldByFieldWithItsBytes() {
        Player player = Player.of(80, 24, "nla-required").press(ENTER + ENTER);
        assertThat(player.line(1)).isEqualTo("    Connection Request asking for SSL, user alice");
        assertThat(player.line(2)).isEqualTo("    frame 6 · from client · X.224 negotiation");
        assertThat(player.picked()).matches("> requested +SSL");
        assertThat(player.terminal.text()).contains("Bytes, 109\n",
                "0060  69 63 65 0d 0a 01 00 08  00 01 00 00 00           ice..........\n");
        player.press("j");
        assertThat(player.picked()).matches("> cookie +alice");
        int last = player.terminal.lines().size() - 3;
        assertThat(player.terminal.reversed(last - 1) + "|" + player.terminal.reversed(last)).as("where alice stands")
                .isEqualTo("61 6cal|69 63 65ice");
        player.press("]");
        assertThat(player.terminal.text()).contains("failureName  HYBRID_REQUIRED_BY_SERVER", "frame 8 · from server");
        player.press("[[");
        assertThat(player.terminal.text()).contains("frame 5 ", "TCP connected");
        player.press(ESCAPE);
        assertThat(player.picked()).as("where it was left").contains("#5");
    }

    @Test
    void contentsAreNotShownAndWhatIsLongScrolls() {
        Player player = Player.of(80, 24, "nla-wrong-password").press(ENTER + "vg" + ENTER);
        for (int i = 0; i < 40 && !player.terminal.text().contains("·· ·· ··"); i++) {
            player.press("]");
        }
        assertThat(player.terminal.text()).contains("·· ·· ··", "; ·· are contents that are not shown");
        String before = player.line(-4);
        player.press("\u001b[6~");
        assertThat(player.line(-4)).isNotEqualTo(before);
        assertThat(player.press("\u001b[5~\u001b[5~\u001b[5~").terminal.text()).contains("  0000  ");
    }

    @Test
    void everyRowOfEverySampleCanBeLookedAt() {
        for (String sample : Samples.names()) {
            Player player = Player.of(80, 24, sample).press(ENTER + "vg" + ENTER);
            for (int i = 0; i < 60 && !player.line(-2).startsWith("There are no more"); i++) {
                player.press("]");
                assertThat(player.terminal.text()).as(sample).doesNotContain("cannot be read");
            }
        }
    }

    @Test
    void triesAreSortedAsAsked() {
        Player player = Player.of(120, 24, "success-nla-tls13", "nla-required", "pmtu-black-hole").press("s");
        assertThat(player.line(0)).endsWith("by time");
        assertThat(player.picked()).contains("08:26:");
        player.press("sss");
        assertThat(player.line(0)).endsWith("worst first");
    }

    @Test
    void aWindowThatIsTooSmallSaysSoAndComesBackAsItWas() {
        Player player = Player.of(80, 24, "success-nla-tls13", "nla-required").press("j");
        String before = player.terminal.text();
        player.size(60, 24);
        assertThat(player.line(0)).isEqualTo("This needs 80x24, and has 60x24.");
        assertThat(player.press("j" + ENTER).wishes).containsOnly(Wish.NONE);
        player.size(1, 1).size(80, 24);
        assertThat(player.terminal.text()).isEqualTo(before);
        assertThat(player.size(20, 5).press("q").wishes).last().isEqualTo(new Wish.Quit());
    }

    @Test
    void aSmallerWindowKeepsThePickedRowInSight() {
        Player player = many(3000, 200, 60).press("G");
        String picked = player.picked().substring(0, 11);
        player.size(80, 24);
        assertThat(player.picked()).startsWith(picked);
        assertThat(player.line(-3)).as("no empty lines while there are rows above").startsWith(">");
    }

    @Test
    void thousandsOfTriesScrollInNoTime() {
        Player player = many(Model.MOST_TRIES, 80, 24);
        assertThat(player.line(0)).contains("10000 tries");
        player.press("G");
        assertThat(player.picked()).contains("try 9999");
        long began = System.nanoTime();
        for (int i = 0; i < 1000; i++) {
            player.press("k");
        }
        assertThat(System.nanoTime() - began).as("a thousand screens").isLessThan(5_000_000_000L);
        assertThat(player.picked()).contains("try 8999");
        player.press("\u001b[5~");
        assertThat(player.picked()).as("a page is what fits").contains("try 8979");
        player.press("g");
        assertThat(player.picked()).contains("try 0 ");
        player.terminal.drawn();
        player.press("j");
        assertThat(player.terminal.drawn()).as("cells drawn for one step").isLessThan(2 * 80 + 1).isPositive();
    }

    @Test
    void whatIsNotListedIsCounted() {
        Player player = many(3, 80, 24);
        player.model.add(List.of(), 1234);
        player.draw();
        assertThat(player.line(0)).contains("3 tries, 3 failed, 1234 not listed");
    }

    @Test
    void triesThatComeLaterLeaveThePickedOneWhereItWas() {
        Player player = many(50, 80, 24).press("jjj");
        String picked = player.picked();
        player.model.add(IntStream.range(0, 30).mapToObj(i -> row(100 + i)).toList(), 0);
        player.draw();
        assertThat(player.picked()).isEqualTo(picked);
        player.press("gg");
        player.model.add(List.of(row(-1)), 0);
        player.draw();
        assertThat(player.picked()).as("who looks at the first looks at the first").contains("try -1");
    }

    @Test
    void aTryThatIsJudgedAgainKeepsItsPlace() {
        Player player = many(3, 80, 24).press("j");
        player.model.put(1, new TryRow(row(1).nanos(), Outcome.ESTABLISHED, "a → b", "The handshake completed", "id", "f.pcap", 0, "", ""));
        player.model.put(3, row(3));
        player.draw();
        assertThat(player.line(0)).contains("4 tries, 3 failed");
        assertThat(player.picked()).contains("The handshake completed");
    }

    @Test
    void namesThatAreNotPlainMoveNothing() {
        Player player = many(0, 80, 24);
        player.model
                .add(List.of(new TryRow(0, Outcome.FAILED, "\u001b[2J → \u202e\u009b31m", "日本語の名前 a\u0301 \ud83d\ude00 \u0007 bell", "x",
                        "a\rb\nc", 7, "", "")), 0);
        player.draw();
        assertThat(player.picked()).contains("\\u001b[2J", "日本語の名前");
        assertThat(player.press("/\u009b\u202e").line(-2)).as("what is typed too").isEqualTo("/\\u009b\\u202e_");
    }

    @Test
    void withoutUtf8EverythingIsAscii() {
        Player player = new Player(80, 24, false, true, Samples.reportOn("samples/pmtu-black-hole/capture.pcapng"));
        for (String keys : List.of("", ENTER, "v", ENTER, ESCAPE, "d", ESCAPE, "?")) {
            assertThat(player.press(keys).terminal.text()).matches("[\\x20-\\x7e\\n]*");
        }
    }

    @Test
    void theFilterForWiresharkIsCopiedAndShown() {
        Player player = Player.of(100, 24, "nla-required").press("y");
        assertThat(player.wishes).last().isEqualTo(new Wish.Copy("tcp.stream == 0"));
        assertThat(player.line(-2)).endsWith(": tcp.stream == 0");
        player.press("Y");
        assertThat(player.wishes).last().isEqualTo(new Wish.Copy("frame.number in {6, 8}"));
        player.press(ENTER + ENTER + "y");
        assertThat(player.wishes).last().isEqualTo(new Wish.Copy("frame.number == 6"));
        assertThat(many(1, 80, 24).press("Y").line(-2)).isEqualTo("No packet is named that decided.");
    }

    @Test
    void theTryOrThoseThatAreChosenAreSaved() {
        Player player = many(5, 100, 24).press("jw");
        assertThat(player.line(-2)).isEqualTo("Save as (pcapng, annotated): rdptrace-19700101-010000.pcapng_");
        player.press("\u007f".repeat(40) + "own name" + ENTER);
        assertThat(player.wishes).last().isEqualTo(new Wish.Save(List.of(1), "own name", false));
        player.press("g  " + "R" + ENTER);
        assertThat(player.line(0)).contains("2 chosen");
        assertThat(player.wishes).last().isEqualTo(new Wish.Save(List.of(0, 1), "rdptrace-19700101-010000-redacted.pcapng", true));
        int wished = player.wishes.size();
        player.press("w" + ESCAPE);
        player.press("w" + "\u007f".repeat(60) + ENTER);
        assertThat(player.wishes.subList(wished, player.wishes.size())).containsOnly(Wish.NONE);
        player.press("aa");
        assertThat(player.line(0)).contains("5 chosen");
    }

    @Test
    void strangersSeeNoNames() {
        Player player = new Player(120, 40, true, false, Samples.reportOn("samples/nla-required/capture.pcapng"));
        for (String keys : List.of("", ENTER, "v", "d", "G")) {
            assertThat(player.press(keys).terminal.text()).doesNotContain("192.0.2", "198.51", "alice", "samples/").contains("host-1");
        }
        player.press(ESCAPE + "/user" + ENTER + ENTER);
        assertThat(player.terminal.text()).contains("user-1", "Its bytes are not shown to others.").doesNotContain("alice", "0000  ");
        assertThat(player.wishes).noneMatch(Wish.Read.class::isInstance);
        assertThat(player.press("w").line(-2)).isEqualTo("With --share only a redacted copy is saved: R");
    }

    @Test
    void nothingAtAllCanBeLookedAtToo() {
        Player player = many(0, 80, 24);
        player.press("jkG g/x" + ENTER + ESCAPE + "fs ad\u001b[6~" + ENTER + "n");
        assertThat(player.wishes).containsOnly(Wish.NONE);
        assertThat(player.line(0)).contains("0 tries");
    }

    private static Player many(int count, int width, int height) {
        Player player = new Player(width, height, false, false);
        List<TryRow> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            rows.add(row(i));
        }
        player.model.add(rows, 0);
        player.draw();
        return player;
    }

    private static TryRow row(int i) {
        return new TryRow(3_600_000_000_000L + i * 1_000_000L, Outcome.FAILED, "192.0.2." + i % 250 + " → 198.51.100.20",
                "The server reset try " + i, "id", "f.pcap", i + 1, "tcp.stream == " + i, "");
    }
}
