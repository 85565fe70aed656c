import java.io.IOException;
import java.io.InputStream;
import java.lang.classfile.ClassFile;
import java.lang.classfile.ClassFile.ClassHierarchyResolverOption;
import java.lang.classfile.ClassFile.StackMapsOption;
import java.lang.classfile.ClassFileVersion;
import java.lang.classfile.ClassHierarchyResolver;
import java.lang.classfile.ClassModel;
import java.lang.classfile.ClassTransform;
import java.lang.classfile.CodeTransform;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.stream.Stream;

/// Builds the distribution, `target/rdptrace/`: start scripts, jars, a runtime of its own and a cache of loaded classes.
///
/// Run by `mvn package` with the JDK that compiled the program. The folder is built aside, moved into place and started,
/// so what the build leaves behind is whole, may be moved, and works.
///
/// Arguments: version, jar of the program, class path at run time, folder to build, folder of the project.
public final class Dist {
    /// What the program needs of the JDK; jdeps would also name what optional parts of the libraries mention.
    private static final List<String> MODULES =
            List.of("java.base", "java.logging", "java.naming", "java.sql", "java.xml", "jdk.httpserver", "jdk.unsupported");

    /// For every start. The cache is only taken up under the collector it was made with.
    ///
    /// The quick compiler only: on 2 GB of mixed traffic the other one costs twice what its code saves, and it is even
    /// where packets are all that counts. It copies little of one method into another, for most of the program runs a few hundred
    /// times and costs as much to compile as to run; what every packet goes through is in [#INLINE].
    /// Little room for the young, for what lives long is the flow table and waits on the spill; the heap grows with a million
    /// flows and thousands of open handshakes, and only then. Records are read by reflection where a message is shown field by
    /// field: that has to be small, not fast, and must not have the JVM write classes. Keys may lie in memory, so nobody looks into it.
    /// The heap has two fifths of what the host or the container has, and never more than 420 MB. Nothing the JVM has to say about its
    /// cache or its warnings may reach standard output, which belongs to the report, nor what it thinks of the way in which
    /// Zstandard is unpacked the terminal.
    private static final List<String> JVM = List.of(
            "--enable-native-access=ALL-UNNAMED",
            "--sun-misc-unsafe-memory-access=allow",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:C1MaxInlineSize=25",
            "-XX:C1MaxInlineLevel=3",
            "-Xms24m",
            "-XX:ErgoHeapSizeLimit=420m",
            "-XX:MaxRAMPercentage=40",
            "-XX:MinRAMPercentage=40",
            "-XX:MaxNewSize=8m",
            "-Xss512k",
            "-XX:MaxMetaspaceSize=64m",
            "-XX:ReservedCodeCacheSize=40m",
            "-XX:-UsePerfData",
            "-XX:+DisableAttachMechanism",
            "-Djdk.reflect.useNativeAccessorOnly=true",
            "-XX:+DisplayVMOutputToStderr",
            "-Xlog:disable",
            "-Xlog:all=error:stderr",
            "-Xlog:cds=off");

    /// What is said of a cache that does not fit is of no use to anybody.
    private static final String QUIET_CACHE = "-Xlog:aot=off";

    /// A look-up among a million flows waits as long for the address of its page as for the page; large pages save a fifth of
    /// the whole there, cost 3 MB, and change nothing for a few thousand flows. Other systems refuse the option.
    private static final String LARGE_PAGES = "-XX:+UseTransparentHugePages";

    /// What every packet goes through is put into its callers, whatever its length: that saves a fifth per packet. A name that is
    /// not in the program stops the build, or a method that was moved would be called again and nobody would notice.
    private static final List<String> INLINE = List.of(
            "dev.rdptrace.RecordedSpans::note",
            "dev.rdptrace.capture.FormatReader::nanos",
            "dev.rdptrace.capture.FormatReader::need",
            "dev.rdptrace.capture.Frame::set",
            "dev.rdptrace.capture.InputBuffer::*",
            "dev.rdptrace.net.Headers::add",
            "dev.rdptrace.net.Internet::transport",
            "dev.rdptrace.net.Link::typed",
            "dev.rdptrace.net.Packet::clear",
            "dev.rdptrace.net.Packet::clearTransport",
            "dev.rdptrace.net.Packet::i32",
            "dev.rdptrace.net.Packet::u16",
            "dev.rdptrace.session.CompanionTracker::known",
            "dev.rdptrace.tcp.Connections::tick",
            "dev.rdptrace.tcp.FlowTable::begin",
            "dev.rdptrace.tcp.FlowTable::digest",
            "dev.rdptrace.tcp.FlowTable::find",
            "dev.rdptrace.tcp.FlowTable::findWide",
            "dev.rdptrace.tcp.FlowTable::isLow",
            "dev.rdptrace.tcp.FlowTable::isNarrow",
            "dev.rdptrace.tcp.FlowTable::isSettled",
            "dev.rdptrace.tcp.FlowTable::mix",
            "dev.rdptrace.tcp.FlowTable::seen");

    private static final String MAIN_JAR = "rdptrace.jar";
    private static final String COMPILER = "compiler";
    private static final String CACHE = "rdptrace.aot";

    /// EX_OSERR of sysexits.h.
    private static final int CANNOT_START = 71;

    /// Before Java 6 a class had no stack maps; the JVM stores only classes it can verify by them.
    private static final int FIRST_STORABLE = ClassFile.JAVA_6_VERSION;

    private final Path folder;
    /// Of what it was built, as `--version` says it: `2a2735e, 2026-11-30`; `+` where not all of it was committed; empty without git.
    private final String build;

    private Dist(Path folder, String build) {
        this.folder = folder;
        this.build = build;
    }

    public static void main(String[] arguments) throws Exception {
        String version = arguments[0];
        Path jar = Path.of(arguments[1]);
        List<Path> libraries = Stream.of(arguments[2].split(System.getProperty("path.separator")))
                .map(Path::of)
                .filter(Files::isRegularFile)
                .toList();
        Path target = Path.of(arguments[3]);
        Path project = Path.of(arguments[4]);

        Path aside = target.resolveSibling(target.getFileName() + ".building");
        delete(aside);
        Dist dist = new Dist(aside, build(project));
        dist.packLibraries(jar, libraries);
        dist.linkRuntime();
        dist.writeScripts();
        dist.rehearse(project.resolve("samples"));
        dist.listParts(version, libraries, project.resolve("scripts/NOTICES"));
        dist.copy(project, "LICENSE", "README.md", "scripts/install-service", "scripts/install-service.ps1", "scripts/install-extcap", "scripts/extcap.sh");
        delete(target);
        Files.move(aside, target);
        new Dist(target, dist.build).prove(version);
    }

    private static String build(Path project) throws InterruptedException {
        try {
            String from = project.toString();
            String commit = run(List.of("git", "-C", from, "log", "-1", "--format=%h, %cs")).strip();
            String changed = run(List.of("git", "-C", from, "status", "--porcelain", "--", "src/main", "scripts/Dist.java", "pom.xml"));
            return changed.isBlank() ? commit : commit.replaceFirst(",", "+,");
        } catch (IOException unknown) {
            return "";
        }
    }

    /// What is in it, as CycloneDX 1.6 has it, for those who hold that against known vulnerabilities. A library that NOTICES does not
    /// name is not passed on.
    private void listParts(String version, List<Path> libraries, Path notices) throws Exception {
        Map<String, String[]> known = new HashMap<>();
        for (String line : Files.readAllLines(notices)) {
            String[] words = line.split(" {2,}");
            if (words.length == 3) {
                known.put(words[0].substring(words[0].indexOf(':') + 1), words);
            }
        }
        Files.copy(notices, folder.resolve("NOTICES"));
        List<String> parts = new ArrayList<>(List.of(String.format("""
                {"type": "framework", "name": "openjdk", "version": "%s", "supplier": {"name": "%s"}, "licenses": [{"expression": "%s"}]}""",
                Runtime.version(), System.getProperty("java.vendor"), known.get("runtime")[1])));
        for (Path library : libraries) {
            String artifact = library.getParent().getParent().getFileName().toString();
            String number = library.getParent().getFileName().toString();
            String[] notice = known.get(artifact);
            if (notice == null) {
                throw new IOException(notices + " does not say under which licence " + library.getFileName() + " is passed on");
            }
            String group = notice[0].substring(0, notice[0].indexOf(':'));
            String purl = String.format("pkg:maven/%s/%s@%s", group, artifact, number);
            parts.add(String.format("""
                    {"type": "library", "group": "%s", "name": "%s", "version": "%s", "purl": "%s", "licenses": [{"license": {"id": "%s"}}], \
                    %s, "pedigree": {"ancestors": [{"type": "library", "group": "%1$s", "name": "%2$s", "version": "%3$s", "purl": "%4$s", %s}], \
                    "notes": "packed anew without signatures and without what is for other systems"}}""", group, artifact, number, purl, notice[1],
                    hash(folder.resolve("lib").resolve(library.getFileName())), hash(library)));
        }
        Files.writeString(folder.resolve("sbom.json"), String.format("""
                {"bomFormat": "CycloneDX", "specVersion": "1.6", "version": 1, "metadata": {"component": {"type": "application", \
                "name": "rdptrace", "version": "%s", "licenses": [{"license": {"id": "Apache-2.0"}}], %s}}, "components": [
                %s
                ]}
                """, version, hash(folder.resolve("lib").resolve(MAIN_JAR)), String.join(",\n", parts)));
    }

    private static String hash(Path file) throws Exception {
        return String.format("\"hashes\": [{\"alg\": \"SHA-256\", \"content\": \"%s\"}]",
                HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file))));
    }

    /// What is needed beside the program where it is moved to, under the names it has in the project.
    private void copy(Path project, String... names) throws IOException {
        for (String name : names) {
            Path copy = folder.resolve(name);
            Files.createDirectories(copy.getParent());
            Files.copy(project.resolve(name), copy, StandardCopyOption.COPY_ATTRIBUTES);
        }
    }

    private void packLibraries(Path jar, List<Path> libraries) throws IOException {
        Path lib = Files.createDirectories(folder.resolve("lib"));
        Files.copy(jar, lib.resolve(MAIN_JAR));
        URL[] urls = new URL[libraries.size()];
        for (int i = 0; i < urls.length; i++) {
            urls[i] = libraries.get(i).toUri().toURL();
        }
        try (URLClassLoader all = new URLClassLoader(urls)) {
            for (Path library : libraries) {
                repack(library, lib, all);
            }
        }
    }

    /// Copies a jar so that the JVM can store its classes: without signatures, for signed classes are never stored;
    /// without sealed packages, over which a JVM that takes its classes from the cache falls before it has started; and
    /// with those compiled for Java 5 lifted to Java 6, which picocli needs and which saves a third of the start.
    ///
    /// JNA's own library for this system goes beside the jars, and so does the one for Windows, where the folder may be moved to: JNA
    /// would unpack it into the temporary folder at every start, from which many hosts do not run programs. The others are left out.
    private static void repack(Path from, Path lib, ClassLoader all) throws IOException {
        ClassFile classFile = ClassFile.of(
                StackMapsOption.GENERATE_STACK_MAPS,
                ClassHierarchyResolverOption.of(ClassHierarchyResolver.ofResourceParsing(all)
                        .orElse(ClassHierarchyResolver.defaultResolver())));
        try (JarFile in = new JarFile(from.toFile(), false);
                JarOutputStream out = new JarOutputStream(Files.newOutputStream(lib.resolve(from.getFileName())))) {
            for (JarEntry entry : in.stream().toList()) {
                String name = entry.getName();
                if (entry.isDirectory() || name.matches("META-INF/[^/]+\\.(SF|RSA|DSA|EC)") || name.endsWith("module-info.class")) {
                    continue;
                }
                byte[] bytes;
                try (InputStream content = in.getInputStream(entry)) {
                    bytes = content.readAllBytes();
                }
                if (name.matches("com/sun/jna/[^/]+/(lib)?jnidispatch\\..*")) {
                    if (name.startsWith("com/sun/jna/" + jnaPlatform() + "/") || name.equals("com/sun/jna/win32-x86-64/jnidispatch.dll")) {
                        Files.write(lib.resolve(name.substring(name.lastIndexOf('/') + 1)), bytes);
                    }
                    continue;
                }
                if (name.equals(JarFile.MANIFEST_NAME)) {
                    bytes = plainManifest(bytes);
                } else if (name.endsWith(".class") && majorVersion(bytes) < FIRST_STORABLE) {
                    bytes = lift(classFile, bytes);
                }
                JarEntry copy = new JarEntry(name);
                copy.setTimeLocal(entry.getTimeLocal());
                out.putNextEntry(copy);
                out.write(bytes);
            }
        }
    }

    /// As JNA names the folders of its libraries.
    private static String jnaPlatform() {
        String system = System.getProperty("os.name");
        String processor = System.getProperty("os.arch");
        return (system.startsWith("Windows") ? "win32" : system.startsWith("Mac") ? "darwin" : "linux") + "-"
                + (processor.equals("amd64") || processor.equals("x86_64") ? "x86-64" : processor);
    }

    /// The main section of a manifest, which ends with the first empty line; the others hold digests. Nothing is sealed.
    private static byte[] plainManifest(byte[] manifest) {
        String text = new String(manifest, StandardCharsets.UTF_8).replace("\r\n", "\n").replaceAll("(?m)^Sealed:.*\n", "");
        int end = text.indexOf("\n\n");
        return ((end < 0 ? text.stripTrailing() : text.substring(0, end)) + "\n\n").getBytes(StandardCharsets.UTF_8);
    }

    private static int majorVersion(byte[] classBytes) {
        return (classBytes[6] & 0xff) << 8 | classBytes[7] & 0xff;
    }

    private static byte[] lift(ClassFile classFile, byte[] bytes) {
        ClassModel model = classFile.parse(bytes);
        ClassTransform version = ClassTransform.dropping(ClassFileVersion.class::isInstance)
                .andThen(ClassTransform.endHandler(builder -> builder.withVersion(FIRST_STORABLE, 0)));
        return classFile.transformClass(model, ClassTransform.transformingMethodBodies(CodeTransform.ACCEPT_ALL).andThen(version));
    }

    private void linkRuntime() throws Exception {
        run(List.of(
                Path.of(System.getProperty("java.home"), "bin", "jlink").toString(),
                "--add-modules", String.join(",", MODULES),
                "--strip-debug", "--no-header-files", "--no-man-pages",
                "--compress", "zip-6",
                "--output", folder.resolve("runtime").toString()));
    }

    private void writeScripts() throws IOException {
        StringBuilder commands = new StringBuilder("quiet\n");
        try (JarFile program = new JarFile(folder.resolve("lib").resolve(MAIN_JAR).toFile())) {
            for (String method : INLINE) {
                if (!has(program, method)) {
                    throw new IOException("there is no " + method + " to put into its callers");
                }
                commands.append("inline ").append(method).append('\n');
            }
        }
        Files.writeString(folder.resolve("lib").resolve(COMPILER), commands);
        Path bin = Files.createDirectories(folder.resolve("bin"));
        Path sh = bin.resolve("rdptrace");
        Files.writeString(sh, SH.replace("@JVM@", String.join(" ", jvm())).replace("@QUIET_CACHE@", QUIET_CACHE).replace("@BUILD@", build));
        if (!sh.toFile().setExecutable(true, false)) {
            throw new IOException("cannot make " + sh + " executable");
        }
        // Only what an old Java understands too, so that it comes to say what is wrong with it.
        String cache = onWindows() ? " " + QUIET_CACHE + " -XX:AOTCache=\"%~dp0..\\lib\\rdptrace.aot\" -XX:AOTMode=auto" : "";
        Files.writeString(bin.resolve("rdptrace.cmd"), CMD.replace("@JVM@", String.join(" ", JVM)).replace("@CACHE@", cache)
                .replace("@BUILD@", build).replace("\n", "\r\n"));
    }

    /// @param method `package.Class::method`, or `*` for any
    private static boolean has(JarFile program, String method) throws IOException {
        String[] parts = method.split("::");
        JarEntry entry = program.getJarEntry(parts[0].replace('.', '/') + ".class");
        if (entry == null) {
            return false;
        }
        try (InputStream content = program.getInputStream(entry)) {
            return ClassFile.of().parse(content.readAllBytes()).methods().stream()
                    .anyMatch(one -> parts[1].equals("*") || one.methodName().equalsString(parts[1]));
        }
    }

    private static boolean onWindows() {
        return System.getProperty("os.name").startsWith("Windows");
    }

    private static List<String> jvm() {
        List<String> options = new ArrayList<>(JVM);
        if (System.getProperty("os.name").equals("Linux")) {
            options.add(LARGE_PAGES);
        }
        if (!onWindows()) {
            options.add("-XX:ErrorFile=/dev/null");
        }
        return options;
    }

    /// Lets the JVM watch one run over real captures and store what it loaded, but not what it compiled: to compile the same again
    /// from the start costs a twentieth of half a gigabyte more than it saves.
    private void rehearse(Path samples) throws Exception {
        List<String> command = new ArrayList<>(List.of(java()));
        command.addAll(jvm());
        command.addAll(List.of(
                QUIET_CACHE,
                "-XX:+UnlockDiagnosticVMOptions",
                "-XX:-AOTRecordTraining",
                "-XX:AOTCacheOutput=" + folder.resolve("lib").resolve(CACHE),
                "-cp", folder.resolve("lib").resolve(MAIN_JAR).toString(),
                "dev.rdptrace.cli.Rehearsal"));
        if (Files.isDirectory(samples)) {
            try (Stream<Path> all = Files.walk(samples, 4)) {
                all.filter(file -> file.toString().endsWith(".pcapng")).sorted().limit(12).map(Path::toString).forEach(command::add);
            }
        }
        run(command);
    }

    /// Starts what has been built as a user would.
    private void prove(String version) throws Exception {
        String start = folder.resolve("bin").resolve(onWindows() ? "rdptrace.cmd" : "rdptrace").toString();
        String answer = run(List.of(start, "--version")).strip();
        String right = "rdptrace " + version + (build.isEmpty() ? "" : " (" + build + ")");
        if (!answer.equals(right)) {
            throw new IOException(start + " --version said \"" + answer + "\" and not \"" + right + "\"");
        }
        if (System.getProperty("os.name").equals("Linux")) {
            proveThatItSaysWhenItCannotStart(start);
        }
        long before = System.nanoTime();
        run(List.of(start, "--version"));
        long millis = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - before);
        System.out.println("distribution " + folder + ": " + (size() >> 20) + " MB, starts in " + millis + " ms");
    }

    /// Sixty-four megabytes of addresses are not enough for any JVM.
    private static void proveThatItSaysWhenItCannotStart(String start) throws Exception {
        Process process = new ProcessBuilder("/bin/sh", "-c", "ulimit -v 65536; exec \"$0\" --version", start)
                .redirectErrorStream(true).start();
        process.getOutputStream().close();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != CANNOT_START || !printed.startsWith("rdptrace: the Java runtime cannot start here:")) {
            throw new IOException(start + " without memory ended with " + process.exitValue() + ":\n" + printed);
        }
    }

    private String java() {
        return folder.resolve("runtime").resolve("bin").resolve("java").toString();
    }

    private long size() throws IOException {
        try (Stream<Path> all = Files.walk(folder)) {
            return all.mapToLong(file -> file.toFile().isFile() ? file.toFile().length() : 0).sum();
        }
    }

    /// What the command printed.
    private static String run(List<String> command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", command) + " ended with " + process.exitValue() + ":\n" + printed);
        }
        return printed;
    }

    private static void delete(Path folder) throws IOException {
        if (!Files.exists(folder)) {
            return;
        }
        try (Stream<Path> all = Files.walk(folder)) {
            for (Path file : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }

    /// Forks nothing, for a fork costs more than all the rest of it; only a link to the script has to be followed.
    private static final String SH = """
            #!/bin/sh
            # Starts rdptrace with the runtime beside it, wherever this folder has been moved to.
            self=$0
            while [ -h "$self" ]; do
              link=$(readlink "$self")
              case $link in
                /*) self=$link ;;
                *) self=${self%/*}/$link ;;
              esac
            done
            case $self in
              */*) bin=${self%/*} ;;
              *) bin=. ;;
            esac
            # In the C locale the JVM could not open files whose names are not ASCII.
            ascii=false
            case ${LC_ALL:-${LC_CTYPE:-${LANG:-}}} in
              *[Uu][Tt][Ff]*) ;;
              *)
                export LC_ALL=C.UTF-8
                ascii=true
                ;;
            esac
            terminals=
            columns=
            lines=
            if [ -t 1 ]; then
              terminals=out
              { lines=$(stty size <&3 2>/dev/null) && columns=${lines#* } && lines=${lines% *}; } 3<&1
            fi
            [ -t 2 ] && terminals=$terminals,err
            java() {
              exec "$bin/../runtime/bin/java" @JVM@ \\
                -Djna.nounpack=true -Djna.boot.library.path="$bin/../lib" -Djava.io.tmpdir="${TMPDIR:-/tmp}" \\
                -XX:CompileCommandFile="$bin/../lib/compiler" @QUIET_CACHE@ -XX:AOTCache="$bin/../lib/rdptrace.aot" -XX:AOTMode=auto \\
                -Drdptrace.terminals="$terminals" -Drdptrace.columns="$columns" -Drdptrace.lines="$lines" -Drdptrace.ascii="$ascii" \\
                -Drdptrace.build="@BUILD@" -cp "$bin/../lib/rdptrace.jar" dev.rdptrace.cli.Main "$@"
            }
            # A JVM that cannot start ends with 1, which is what --fail-on answers. Where something may keep it from starting,
            # it is tried first.
            doubt=${JAVA_TOOL_OPTIONS:-}${JDK_JAVA_OPTIONS:-}${_JAVA_OPTIONS:-}
            if [ -r /proc/self/limits ]; then
              while read -r _ what which limit _; do
                case "$what $which $limit" in
                  "address space unlimited" | "data size unlimited") ;;
                  "address space "* | "data size "*) doubt=$limit ;;
                esac
              done </proc/self/limits
            fi
            if [ -r /proc/sys/vm/overcommit_memory ]; then
              read -r overcommit </proc/sys/vm/overcommit_memory
              [ "$overcommit" = 2 ] && doubt=$overcommit
            fi
            if [ -n "$doubt" ]; then
              why=$(java --version 2>&1 >/dev/null) || {
                printf '%s\\n' "rdptrace: the Java runtime cannot start here:" "$why" >&2
                exit 71
              }
            fi
            java "$@"
            """;

    /// Where it was built on another system there is no runtime for Windows in it: then a Java of the host is taken, and the launcher tells
    /// an old one what is wrong.
    private static final String CMD = """
            @echo off
            rem Starts rdptrace with the runtime beside it, or else with a Java of this computer, wherever this folder has been moved to.
            setlocal
            set "JAVA=%~dp0..\\runtime\\bin\\java.exe"
            if not exist "%JAVA%" if defined JAVA_HOME set "JAVA=%JAVA_HOME%\\bin\\java.exe"
            if not exist "%JAVA%" for %%j in (java.exe) do set "JAVA=%%~$PATH:j"
            if not exist "%JAVA%" (echo rdptrace: needs Java 25 or newer: install one, see https://adoptium.net, or set JAVA_HOME to it>&2& exit /b 69)
            rem Reports are UTF-8; the code page of the console is put back afterwards.
            for /f "tokens=2 delims=:." %%p in ('chcp') do set "PAGE=%%p"
            chcp 65001 >nul
            "%JAVA%" -XX:+IgnoreUnrecognizedVMOptions @JVM@ -Djna.nounpack=true -Djna.boot.library.path="%~dp0..\\lib" -XX:CompileCommandFile="%~dp0..\\lib\\compiler"@CACHE@ -Drdptrace.hit=201 -Drdptrace.build="@BUILD@" -cp "%~dp0..\\lib\\rdptrace.jar" dev.rdptrace.launch.Launcher %*
            set "CODE=%ERRORLEVEL%"
            if defined PAGE chcp %PAGE% >nul
            rem A JVM that cannot start ends with 1, which is what --fail-on answers; so that is told by another number here.
            if %CODE%==201 exit /b 1
            if %CODE%==1 exit /b 71
            exit /b %CODE%
            """;
}
