package dev.rdptrace.cli;

import dev.rdptrace.bytes.Errors;
import dev.rdptrace.decrypt.KeyLog;
import dev.rdptrace.decrypt.RsaKey;
import dev.rdptrace.decrypt.Secrets;
import dev.rdptrace.live.Rights;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/// Reads what opens TLS: key logs and private keys. Passwords come from a file or from the terminal, never from the command
/// line, where anybody on the machine could read them.
final class Keys {
    private static final char[] NO_PASSWORD = {};

    private Keys() {}

    /// Empty where no file was given.
    ///
    /// @throws Failure when a file cannot be used
    static Optional<Secrets> read(List<Path> keyLogs, List<Path> rsaKeys, Optional<Path> passwordFile) {
        if (keyLogs.isEmpty() && rsaKeys.isEmpty()) {
            return Optional.empty();
        }
        Rights.hideMemory();
        KeyLog log = new KeyLog();
        for (Path file : keyLogs) {
            log.add(bytes(file));
        }
        Secrets secrets = new Secrets(log);
        for (Path file : rsaKeys) {
            secrets.add(key(file, bytes(file), passwordFile));
        }
        return Optional.of(secrets);
    }

    /// What opens TLS while it is being captured: the logs are followed as they grow, and need not exist yet.
    ///
    /// @throws Failure when a key cannot be used
    static Optional<Secrets> follow(List<Path> keyLogs, List<Path> rsaKeys, Optional<Path> passwordFile) {
        Optional<Secrets> known = read(List.of(), rsaKeys, passwordFile);
        if (keyLogs.isEmpty()) {
            return known;
        }
        Rights.hideMemory();
        Secrets secrets = known.orElseGet(() -> new Secrets(new KeyLog()));
        keyLogs.forEach(file -> secrets.follow(new GrowingFile(file)));
        return Optional.of(secrets);
    }

    private static RsaKey key(Path file, byte[] content, Optional<Path> passwordFile) {
        return switch (RsaKey.load(content, NO_PASSWORD)) {
            case RsaKey.Loaded.Opened(var key) -> key;
            case RsaKey.Loaded.Unusable(var reason) -> throw unusable(file, reason);
            case RsaKey.Loaded.PasswordNeeded _,RsaKey.Loaded.WrongPassword _ -> {
                char[] password = password(file, passwordFile);
                try {
                    yield switch (RsaKey.load(content, password)) {
                        case RsaKey.Loaded.Opened(var key) -> key;
                        case RsaKey.Loaded.Unusable(var reason) -> throw unusable(file, reason);
                        case RsaKey.Loaded.PasswordNeeded _,RsaKey.Loaded.WrongPassword _ ->
                                throw unusable(file, "the password does not open it");
                    };
                } finally {
                    Arrays.fill(password, '\0');
                }
            }
        };
    }

    private static char[] password(Path file, Optional<Path> passwordFile) {
        if (passwordFile.isPresent()) {
            byte[] content = bytes(passwordFile.get());
            CharBuffer text = StandardCharsets.UTF_8.decode(ByteBuffer.wrap(content));
            Arrays.fill(content, (byte) 0);
            int length = 0;
            while (length < text.length() && text.charAt(length) != '\n' && text.charAt(length) != '\r') {
                length++;
            }
            char[] password = new char[length];
            text.get(password);
            if (text.hasArray()) {
                Arrays.fill(text.array(), '\0');
            }
            return password;
        }
        java.io.Console terminal = System.console();
        if (terminal == null || !terminal.isTerminal()) {
            throw unusable(file, "it needs a password and there is no terminal to ask for it: give --rsa-password-file");
        }
        char[] typed = terminal.readPassword("Password of %s: ", file);
        return typed == null ? NO_PASSWORD.clone() : typed;
    }

    private static byte[] bytes(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException unreadable) {
            throw new Failure(Exit.INPUT_UNREADABLE, "cannot read " + file + ": " + Errors.message(unreadable));
        }
    }

    private static Failure unusable(Path file, String reason) {
        return new Failure(Exit.INPUT_UNREADABLE, "cannot use " + file + ": " + reason);
    }
}
