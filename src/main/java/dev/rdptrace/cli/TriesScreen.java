package dev.rdptrace.cli;

import dev.rdptrace.bytes.Errors;
import dev.rdptrace.capture.CaptureException;
import dev.rdptrace.capture.Captures;
import dev.rdptrace.capture.PacketSource;
import dev.rdptrace.evidence.Evidence;
import dev.rdptrace.tui.Key;
import dev.rdptrace.tui.Model;
import dev.rdptrace.tui.Painter;
import dev.rdptrace.tui.Wish;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.InvalidPathException;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.DoublePredicate;
import picocli.CommandLine.ParameterException;

/// Between a [Model], the terminal and the captures: keys in, wishes fulfilled, screens out.
final class TriesScreen {
    /// So long for a key; then the size of the terminal is looked at.
    static final int LOOK_MILLIS = 100;
    private static final long LOOK_NANOS = TimeUnit.MILLISECONDS.toNanos(LOOK_MILLIS);
    private static final Key QUIT = Key.of('q');

    private final TerminalScreen screen;
    private final Model model;
    private final TrySource tries;
    private final BooleanSupplier stop;

    TriesScreen(TerminalScreen screen, Model model, TrySource tries, BooleanSupplier stop) {
        this.screen = screen;
        this.model = model;
        this.tries = tries;
        this.stop = stop;
    }

    /// Judges the tries there are, and answers keys until somebody wants no more.
    Exit run(RecordedTries recordings) throws IOException {
        Exit exit = read(recordings);
        while (!stop.getAsBoolean() && answers(LOOK_MILLIS)) {
            show();
        }
        return exit;
    }

    /// Judges one recording after the other until somebody wants no more.
    private Exit read(RecordedTries recordings) throws IOException {
        int unreadable = 0;
        for (int recording = 0; recording < recordings.recordings(); recording++) {
            Onlooker onlooker = new Onlooker(recordings.recordings() > 1 ? (recording + 1) + " of " + recordings.recordings() : "");
            onlooker.show(Double.NaN);
            try {
                recordings.judge(recording, model, onlooker);
            } catch (CaptureException broken) {
                unreadable++;
            }
            if (onlooker.stopped) {
                model.say("Stopped; what had been read until then is shown.");
                show();
                return Exit.STOPPED;
            }
        }
        model.say(unreadable > 0 ? unreadable + " of " + recordings.recordings() + " recordings cannot be read."
                : recordings.isEmpty() ? "No RDP is in it." : "");
        show();
        return unreadable > 0 ? Exit.INPUT_UNREADABLE : recordings.isEmpty() ? Exit.NO_RDP : Exit.ANALYSED;
    }

    /// Shows how far the reading is, and hears who wants no more of it.
    private final class Onlooker implements DoublePredicate {
        private final String what;
        private long looked = System.nanoTime();
        private boolean stopped;

        Onlooker(String what) {
            this.what = what;
        }

        @Override
        public boolean test(double share) {
            long now = System.nanoTime();
            if (now - looked >= LOOK_NANOS) {
                looked = now;
                stopped |= screen.keys(1).stream().anyMatch(key -> key.name() == Key.Name.STOP || key.equals(Key.ESCAPE)
                        || key.equals(QUIT));
                show(share);
            }
            stopped |= stop.getAsBoolean();
            return !stopped;
        }

        void show(double share) {
            model.say("Reading " + what + (Double.isNaN(share) ? " …" : " … " + (int) (100 * share) + " %") + "  (Esc: no more)");
            TriesScreen.this.show();
            model.say("");
        }
    }

    /// What is pressed within that time.
    ///
    /// @return whether to go on
    boolean answers(int millis) {
        for (Key key : screen.keys(millis)) {
            switch (model.press(key)) {
                case Wish.Nothing _ -> {}
                case Wish.Quit _ -> {
                    return false;
                }
                case Wish.Open(int number) -> open(number);
                case Wish.Read(var texts) -> read(texts);
                case Wish.Save(var numbers, String file, boolean redacted) -> save(numbers, file, redacted);
                case Wish.Copy(String text) -> screen.copy(text);
            }
        }
        return true;
    }

    void show() {
        model.size(screen.width(), screen.height());
        screen.draw(Painter.paint(model));
    }

    private void open(int number) {
        try {
            model.opened(tries.open(number, new Onlooker("again")));
        } catch (IOException broken) {
            model.say(Errors.message(broken));
        }
    }

    private void save(List<Integer> numbers, String file, boolean redacted) {
        try {
            model.say(tries.save(numbers, file, redacted, new Onlooker("")));
        } catch (IOException | Failure | InvalidPathException | ParameterException broken) {
            model.say(Errors.message(broken));
        }
    }

    private void read(SortedMap<Long, List<String>> texts) {
        Onlooker onlooker = new Onlooker("");
        try (PacketSource source = Captures.open(tries.files(model.open().number()), InputStream.nullInputStream())) {
            model.bytes(Evidence.frames(model.open().incident(), texts, source, () -> !onlooker.test(source.share())));
        } catch (IOException broken) {
            model.say(Errors.message(broken));
        }
    }
}
