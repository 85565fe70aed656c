package dev.rdptrace.tui;

import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.evidence.Evidence;
import dev.rdptrace.report.Disguise;
import dev.rdptrace.report.Report;
import dev.rdptrace.report.TryRow;
import dev.rdptrace.testkit.Samples;
import dev.rdptrace.testkit.VideoTerminal;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Presses keys and looks at a screen that shows what is drawn.
final class Player {
    final Model model;
    final VideoTerminal terminal;
    final List<Wish> wishes = new ArrayList<>();
    private final List<Report> reports = new ArrayList<>();
    private final Disguise disguise;
    private Canvas shown;

    Player(int width, int height, boolean shared, boolean ascii, Report... all) {
        model = new Model(shared ? "" : "test", shared, ascii);
        terminal = new VideoTerminal(width, height);
        disguise = shared ? Disguise.of(all[0]) : Disguise.NONE;
        model.size(width, height);
        for (Report report : all) {
            report.incidents().forEach(incident -> {
                reports.add(report.of(incident));
                model.add(List.of(TryRow.of(report, incident, disguise)), 0);
            });
        }
        draw();
    }

    /// Of samples, by their names.
    static Player of(int width, int height, String... samples) {
        return new Player(width, height, false, false, Arrays.stream(samples)
                .map(name -> Samples.reportOn("samples/" + name + "/capture.pcapng")).toArray(Report[]::new));
    }

    void draw() {
        Canvas now = Painter.paint(model);
        terminal.accept(now.drawn(shown, true));
        shown = now;
    }

    Player size(int width, int height) {
        model.size(width, height);
        terminal.size(width, height);
        draw();
        return this;
    }

    /// What a terminal sends.
    Player press(String sent) {
        for (Key key : Key.read(sent)) {
            Wish wish = model.press(key);
            wishes.add(wish);
            if (wish instanceof Wish.Open(int number)) {
                model.opened(new ShownTry(number, reports.get(number), reports.get(number).incidents().getFirst(), disguise));
            }
            if (wish instanceof Wish.Read(var texts)) {
                String file = model.open().report().capture().files().getFirst().path();
                try (PacketSource source = Captures.open(List.of(file), InputStream.nullInputStream())) {
                    model.bytes(Evidence.frames(model.open().incident(), texts, source, () -> false));
                } catch (IOException broken) {
                    throw new UncheckedIOException(broken);
                }
            }
            draw();
        }
        return this;
    }

    String line(int number) {
        return terminal.line(number < 0 ? terminal.lines().size() + number : number);
    }

    /// The row that is picked.
    String picked() {
        return terminal.lines().stream().filter(line -> line.startsWith(">")).findFirst().orElse("");
    }
}
