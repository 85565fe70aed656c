package dev.rdptrace.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// What shells and `man` are told of the command line is the command line.
class ShellTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final Console console = new Console(new PrintStream(out, true, StandardCharsets.UTF_8), System.err, false, false, Map.of());
    private final CommandSpec program = Main.commandLine(console, () -> false).getCommandSpec();

    @TempDir private Path folder;

    @Test
    void everyOptionOfEveryCommandIsCompletedWhereItBelongs() {
        Map<String, String> scripts = Stream.of("bash", "zsh", "fish", "powershell")
                .collect(Collectors.toMap(shell -> shell, shell -> printed("completion", shell)));
        for (CommandSpec command : commands()) {
            String name = command == program ? "" : command.name();
            for (OptionSpec option : command.options()) {
                for (String one : option.names()) {
                    String where = name + " " + one;
                    assertThat(between(scripts.get("bash"), "\n    \"" + name + "\")", ";;").split("[\" \n=]+")).as(where).contains(one);
                    assertThat(between(scripts.get("zsh"), name.isEmpty() ? "  _arguments -s -C" : "\n        " + name + ") _arguments",
                            name.isEmpty() ? "case" : ";;"))
                            .as(where).containsPattern("'(\\*|\\([^)]*\\))" + one + "=?\\[");
                    assertThat(scripts.get("fish").lines()).as(where).anyMatch(line -> line.contains("'__rdptrace_in \"" + name + "\"'")
                            && line.contains(one.startsWith("--") ? " -l " + one.substring(2) + " " : " -s " + one.substring(1) + " "));
                    assertThat(scripts.get("powershell")).as(where).contains("\n" + name + "\t" + one + "\t");
                }
            }
        }
    }

    @Test
    void everyCommandHasAManualPageWithAllItsOptions() throws IOException, InterruptedException {
        assertThat(printed("man", "--to", folder.toString())).isEmpty();
        assertThat(printed("man", "live")).isEqualTo(Files.readString(folder.resolve("rdptrace-live.1")));
        boolean man = has("man");
        for (CommandSpec command : commands()) {
            Path page = folder.resolve(command == program ? "rdptrace.1" : "rdptrace-" + command.name() + ".1");
            String text = Files.readString(page);
            for (OptionSpec option : command.options()) {
                assertThat(text).contains(
                        Stream.of(option.names()).map(one -> "\\fB" + one.replace("-", "\\-") + "\\fR").collect(Collectors.joining(", ")));
            }
            if (man) {
                String shown = run("man", "--warnings", "-l", page.toString());
                assertThat(shown).doesNotContain("warning").contains("NAME\n", "SYNOPSIS\n");
                assertThat(shown.replaceAll("\\s+", " ")).contains(command.options().getFirst().description()[0]);
            }
        }
        assumeTrue(man, "no man here: the pages were not shown");
    }

    @Test
    void bashCompletesCommandsValuesAndFiles() throws IOException, InterruptedException {
        assumeTrue(has("bash"), "no bash here");
        Files.writeString(folder.resolve("sample.pcap"), "");
        Files.writeString(folder.resolve("completion"), printed("completion", "bash"));
        assertThat(run("bash", "-n", folder.resolve("completion").toString())).isEmpty();
        assertThat(bash("l")).containsExactly("ladder", "live");
        assertThat(bash("live", "--port-")).containsExactly("--port-filter");
        assertThat(bash("live", "--reader", "")).containsExactly("auto", "libpcap", "pcap4j");
        assertThat(bash("--format", "=", "nd")).containsExactly("ndjson");
        assertThat(bash("-q", "s")).containsExactly("signatures", "schema", "sample.pcap");
        assertThat(bash("explain", "tls-alert-7")).containsExactly("tls-alert-70-version");
        assertThat(bash("-w", "l")).as("names of files, by readline").isEmpty();
        assertThat(bash("help", "redac")).containsExactly("redact");
    }

    @Test
    void fishCompletesThemToo() throws IOException, InterruptedException {
        assumeTrue(has("fish"), "no fish here");
        Path script = Files.writeString(folder.resolve("completion"), printed("completion", "fish"));
        String asked = "source " + script
                + "; complete -C 'rdptrace l'; complete -C 'rdptrace live --reader '; complete -C 'rdptrace explain tls-alert-7'";
        assertThat(run("fish", "--no-config", "-c", asked).lines().map(line -> line.split("\t")[0]))
                .containsExactly("ladder", "live", "auto", "libpcap", "pcap4j", "tls-alert-70-version");
    }

    @Test
    void zshUnderstandsItsScript() throws IOException, InterruptedException {
        assumeTrue(has("zsh"), "no zsh here");
        Path script = Files.writeString(folder.resolve("_rdptrace"), printed("completion", "zsh"));
        assertThat(run("zsh", "-n", script.toString())).isEmpty();
    }

    private List<String> bash(String... typed) throws IOException, InterruptedException {
        List<String> words = new ArrayList<>(
                List.of("bash", "--norc", "-c", "compopt() { :; }; . ./completion; COMP_WORDS=(rdptrace \"$@\"); COMP_CWORD=$#; _rdptrace; "
                        + "printf '%s\\n' \"${COMPREPLY[@]}\"", "bash"));
        words.addAll(List.of(typed));
        return run(words.toArray(String[]::new)).lines().filter(line -> !line.isEmpty()).toList();
    }

    private static boolean has(String program) {
        return Stream.of(System.getenv().getOrDefault("PATH", "").split(":"))
                .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    private String run(String... command) throws IOException, InterruptedException {
        ProcessBuilder builder = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true);
        builder.environment().putAll(Map.of("LC_ALL", "C.UTF-8", "MANWIDTH", "200"));
        Process process = builder.start();
        process.getOutputStream().close();
        String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(said).isZero();
        return said;
    }

    private static String between(String script, String from, String to) {
        int start = script.indexOf(from);
        assertThat(start).as(from).isNotNegative();
        return script.substring(start, script.indexOf(to, start));
    }

    private String printed(String... arguments) {
        out.reset();
        assertThat(Main.execute(console, () -> false, arguments)).isZero();
        return out.toString(StandardCharsets.UTF_8);
    }

    private List<CommandSpec> commands() {
        return Stream.concat(Stream.of(program), program.subcommands().values().stream().map(CommandLine::getCommandSpec)).toList();
    }
}
