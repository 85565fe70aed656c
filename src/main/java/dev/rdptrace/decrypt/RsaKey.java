package dev.rdptrace.decrypt;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyStore;
import java.security.interfaces.RSAPrivateKey;
import java.util.Arrays;
import java.util.Base64;
import java.util.Collections;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.nist.NISTObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.EncryptedPrivateKeyInfo;
import org.bouncycastle.asn1.pkcs.PBES2Parameters;
import org.bouncycastle.asn1.pkcs.PBKDF2Params;
import org.bouncycastle.asn1.pkcs.PKCSObjectIdentifiers;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.crypto.BlockCipher;
import org.bouncycastle.crypto.Digest;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.PBEParametersGenerator;
import org.bouncycastle.crypto.digests.MD5Digest;
import org.bouncycastle.crypto.digests.SHA1Digest;
import org.bouncycastle.crypto.digests.SHA224Digest;
import org.bouncycastle.crypto.digests.SHA256Digest;
import org.bouncycastle.crypto.digests.SHA384Digest;
import org.bouncycastle.crypto.digests.SHA512Digest;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.engines.DESedeEngine;
import org.bouncycastle.crypto.generators.OpenSSLPBEParametersGenerator;
import org.bouncycastle.crypto.generators.PKCS5S2ParametersGenerator;
import org.bouncycastle.crypto.modes.CBCBlockCipher;
import org.bouncycastle.crypto.paddings.PaddedBufferedBlockCipher;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;
import org.jspecify.annotations.Nullable;

/// A server's RSA private key: opens connections whose key exchange is RSA, that is, without forward secrecy.
public final class RsaKey {
    /// Files longer than this are refused.
    private static final int LONGEST_FILE = 1 << 20;
    private static final int MOST_ITERATIONS = 10_000_000;

    private final BigInteger modulus;
    private final BigInteger exponent;

    private RsaKey(BigInteger modulus, BigInteger exponent) {
        this.modulus = modulus;
        this.exponent = exponent;
    }

    /// What a key file turned out to be.
    public sealed interface Loaded {
        record Opened(RsaKey key) implements Loaded {}

        /// The key is encrypted and no password was given.
        record PasswordNeeded() implements Loaded {}

        record WrongPassword() implements Loaded {}

        /// @param reason lower case, no full stop
        record Unusable(String reason) implements Loaded {}
    }

    /// Reads a key file: PKCS#1 or PKCS#8, PEM or DER, encrypted or not, or PKCS#12.
    ///
    /// @param password empty for none; not kept
    public static Loaded load(byte[] file, char[] password) {
        if (file.length > LONGEST_FILE) {
            return new Loaded.Unusable("a file of " + file.length + " bytes is no key");
        }
        try {
            String text = new String(file, StandardCharsets.ISO_8859_1);
            int begin = text.indexOf("-----BEGIN ");
            // Certificates and parameters may stand before the key.
            while (begin >= 0 && !text.startsWith("PRIVATE KEY-----", labelEnd(text, begin) - 16)) {
                begin = text.indexOf("-----BEGIN ", begin + 1);
            }
            return begin >= 0 ? fromPem(text.substring(begin), password) : fromDer(file, password);
        } catch (IOException | RuntimeException e) {
            // Bouncy Castle's ASN.1 classes throw all kinds of these at damaged input.
            return new Loaded.Unusable("not a private key in a known form");
        }
    }

    private static int labelEnd(String text, int begin) {
        int end = text.indexOf("-----", begin + 11);
        return end < 0 ? text.length() : end + 5;
    }

    private static Loaded fromPem(String text, char[] password) throws IOException {
        String label = text.substring(11, labelEnd(text, 0) - 5);
        int end = text.indexOf("-----END ");
        String body = text.substring(labelEnd(text, 0), end < 0 ? text.length() : end);
        String information = "";
        for (String line : body.split("\r?\n")) {
            if (line.startsWith("DEK-Info:")) {
                information = line.substring(9).strip();
            }
        }
        String base64 = body.lines().filter(line -> line.indexOf(':') < 0).reduce("", String::concat);
        byte[] der = Base64.getMimeDecoder().decode(base64);
        return switch (label) {
            case "RSA PRIVATE KEY" -> information.isEmpty() ? pkcs1(der) : traditional(der, information, password);
            case "PRIVATE KEY" -> pkcs8(PrivateKeyInfo.getInstance(der));
            case "ENCRYPTED PRIVATE KEY" -> encrypted(EncryptedPrivateKeyInfo.getInstance(der), password);
            default -> new Loaded.Unusable("a key of kind \"" + label.toLowerCase(Locale.ROOT) + "\" opens no recorded connection");
        };
    }

    private static Loaded fromDer(byte[] der, char[] password) throws IOException {
        var sequence = org.bouncycastle.asn1.ASN1Sequence.getInstance(der);
        boolean version = sequence.getObjectAt(0) instanceof org.bouncycastle.asn1.ASN1Integer;
        if (!version) {
            return encrypted(EncryptedPrivateKeyInfo.getInstance(sequence), password);
        }
        int number = org.bouncycastle.asn1.ASN1Integer.getInstance(sequence.getObjectAt(0)).intValueExact();
        if (number == 3) {
            return pkcs12(der, password);
        }
        return sequence.getObjectAt(1) instanceof org.bouncycastle.asn1.ASN1Integer
                ? pkcs1(der)
                : pkcs8(PrivateKeyInfo.getInstance(sequence));
    }

    private static Loaded pkcs1(byte[] der) {
        var key = org.bouncycastle.asn1.pkcs.RSAPrivateKey.getInstance(der);
        return opened(key.getModulus(), key.getPrivateExponent());
    }

    private static Loaded pkcs8(PrivateKeyInfo info) throws IOException {
        ASN1ObjectIdentifier algorithm = info.getPrivateKeyAlgorithm().getAlgorithm();
        if (!algorithm.equals(PKCSObjectIdentifiers.rsaEncryption)) {
            return new Loaded.Unusable("a key of algorithm " + algorithm.getId() + " opens no recorded connection, only RSA does");
        }
        var key = org.bouncycastle.asn1.pkcs.RSAPrivateKey.getInstance(info.parsePrivateKey());
        return opened(key.getModulus(), key.getPrivateExponent());
    }

    private static Loaded opened(BigInteger modulus, BigInteger exponent) {
        boolean sane = modulus.signum() > 0 && exponent.signum() > 0 && modulus.bitLength() <= 16384
                && modulus.bitLength() >= 512;
        return sane ? new Loaded.Opened(new RsaKey(modulus, exponent)) : new Loaded.Unusable("not a usable RSA key");
    }

    /// PKCS#5 version 2 (RFC 8018): PBKDF2 and a block cipher.
    private static Loaded encrypted(EncryptedPrivateKeyInfo info, char[] password) throws IOException {
        ASN1ObjectIdentifier scheme = info.getEncryptionAlgorithm().getAlgorithm();
        if (!scheme.equals(PKCSObjectIdentifiers.id_PBES2)) {
            return jdk(info, password);
        }
        if (password.length == 0) {
            return new Loaded.PasswordNeeded();
        }
        PBES2Parameters parameters = PBES2Parameters.getInstance(info.getEncryptionAlgorithm().getParameters());
        if (!parameters.getKeyDerivationFunc().getAlgorithm().equals(PKCSObjectIdentifiers.id_PBKDF2)) {
            return new Loaded.Unusable("its password scheme "
                    + parameters.getKeyDerivationFunc().getAlgorithm().getId() + " is not supported");
        }
        PBKDF2Params derivation = PBKDF2Params.getInstance(parameters.getKeyDerivationFunc().getParameters());
        if (derivation.getIterationCount().bitLength() > 31
                || derivation.getIterationCount().intValue() > MOST_ITERATIONS) {
            return new Loaded.Unusable("it asks for too many iterations");
        }
        Digest digest = pbkdf2Digest(derivation.getPrf().getAlgorithm());
        ASN1ObjectIdentifier cipher = parameters.getEncryptionScheme().getAlgorithm();
        int bits = cipher.equals(NISTObjectIdentifiers.id_aes256_CBC) ? 256
                : cipher.equals(NISTObjectIdentifiers.id_aes192_CBC)
                        || cipher.equals(PKCSObjectIdentifiers.des_EDE3_CBC) ? 192
                : cipher.equals(NISTObjectIdentifiers.id_aes128_CBC) ? 128 : 0;
        if (digest == null || bits == 0) {
            return new Loaded.Unusable("its cipher " + cipher.getId() + " is not supported");
        }
        PBEParametersGenerator generator = new PKCS5S2ParametersGenerator(digest);
        generator.init(PBEParametersGenerator.PKCS5PasswordToUTF8Bytes(password), derivation.getSalt(),
                derivation.getIterationCount().intValue());
        KeyParameter key = (KeyParameter) generator.generateDerivedParameters(bits);
        byte[] iv = ASN1OctetString.getInstance(parameters.getEncryptionScheme().getParameters()).getOctets();
        BlockCipher engine = cipher.equals(PKCSObjectIdentifiers.des_EDE3_CBC)
                ? new DESedeEngine() : AESEngine.newInstance();
        Optional<byte[]> plain = unpadded(engine, key, iv, info.getEncryptedData());
        return plain.isEmpty() ? new Loaded.WrongPassword() : afterPassword(() -> pkcs8(PrivateKeyInfo.getInstance(plain.get())));
    }

    private static @Nullable Digest pbkdf2Digest(ASN1ObjectIdentifier prf) {
        return prf.equals(PKCSObjectIdentifiers.id_hmacWithSHA1) ? new SHA1Digest()
                : prf.equals(PKCSObjectIdentifiers.id_hmacWithSHA224) ? new SHA224Digest()
                : prf.equals(PKCSObjectIdentifiers.id_hmacWithSHA256) ? new SHA256Digest()
                : prf.equals(PKCSObjectIdentifiers.id_hmacWithSHA384) ? new SHA384Digest()
                : prf.equals(PKCSObjectIdentifiers.id_hmacWithSHA512) ? new SHA512Digest()
                : null;
    }

    /// The older password schemes, as far as the JDK knows them.
    private static Loaded jdk(EncryptedPrivateKeyInfo info, char[] password) throws IOException {
        if (password.length == 0) {
            return new Loaded.PasswordNeeded();
        }
        javax.crypto.EncryptedPrivateKeyInfo sealed;
        Key key;
        try {
            sealed = new javax.crypto.EncryptedPrivateKeyInfo(info.getEncoded());
            key = javax.crypto.SecretKeyFactory.getInstance(sealed.getAlgName())
                    .generateSecret(new javax.crypto.spec.PBEKeySpec(password));
        } catch (GeneralSecurityException e) {
            return new Loaded.Unusable("its password scheme "
                    + info.getEncryptionAlgorithm().getAlgorithm().getId() + " is not supported");
        }
        try {
            byte[] plain = sealed.getKeySpec(key).getEncoded();
            return pkcs8(PrivateKeyInfo.getInstance(plain));
        } catch (GeneralSecurityException e) {
            return new Loaded.WrongPassword();
        }
    }

    /// The way of old OpenSSL: `DEK-Info: AES-128-CBC,<iv>`, the key from the password and the IV by MD5.
    private static Loaded traditional(byte[] sealed, String information, char[] password) throws IOException {
        if (password.length == 0) {
            return new Loaded.PasswordNeeded();
        }
        String[] parts = information.split(",");
        int bits = switch (parts[0]) {
            case "AES-128-CBC" -> 128;
            case "AES-192-CBC", "DES-EDE3-CBC" -> 192;
            case "AES-256-CBC" -> 256;
            default -> 0;
        };
        if (bits == 0 || parts.length != 2) {
            return new Loaded.Unusable("its cipher " + parts[0] + " is not supported");
        }
        byte[] iv = HexFormat.of().parseHex(parts[1].strip());
        OpenSSLPBEParametersGenerator generator = new OpenSSLPBEParametersGenerator(new MD5Digest());
        generator.init(PBEParametersGenerator.PKCS5PasswordToUTF8Bytes(password), Arrays.copyOf(iv, 8));
        KeyParameter key = (KeyParameter) generator.generateDerivedParameters(bits);
        BlockCipher engine = parts[0].startsWith("DES") ? new DESedeEngine() : AESEngine.newInstance();
        Optional<byte[]> plain = unpadded(engine, key, iv, sealed);
        return plain.isEmpty() ? new Loaded.WrongPassword() : afterPassword(() -> pkcs1(plain.get()));
    }

    private static Optional<byte[]> unpadded(BlockCipher engine, KeyParameter key, byte[] iv, byte[] sealed) {
        PaddedBufferedBlockCipher cipher = new PaddedBufferedBlockCipher(CBCBlockCipher.newInstance(engine));
        cipher.init(false, new ParametersWithIV(key, iv));
        byte[] plain = new byte[cipher.getOutputSize(sealed.length)];
        try {
            int length = cipher.processBytes(sealed, 0, sealed.length, plain, 0);
            return Optional.of(Arrays.copyOf(plain, length + cipher.doFinal(plain, length)));
        } catch (InvalidCipherTextException e) {
            return Optional.empty();
        }
    }

    private interface Parse {
        Loaded run() throws IOException;
    }

    /// Good padding may be chance; a key inside that cannot be read means a wrong password.
    private static Loaded afterPassword(Parse parse) {
        try {
            return parse.run();
        } catch (IOException | RuntimeException e) {
            return new Loaded.WrongPassword();
        }
    }

    private static Loaded pkcs12(byte[] file, char[] password) {
        try {
            KeyStore store = KeyStore.getInstance("PKCS12");
            store.load(new ByteArrayInputStream(file), password);
            String other = "";
            for (String alias : Collections.list(store.aliases())) {
                Key key = store.isKeyEntry(alias) ? store.getKey(alias, password) : null;
                if (key instanceof RSAPrivateKey rsa) {
                    return opened(rsa.getModulus(), rsa.getPrivateExponent());
                }
                other = key == null ? other : key.getAlgorithm();
            }
            return new Loaded.Unusable(other.isEmpty() ? "it holds no private key" : "a key of algorithm " + other
                    + " opens no recorded connection, only RSA does");
        } catch (IOException e) {
            boolean wrong = e.getCause() instanceof java.security.UnrecoverableKeyException;
            return !wrong ? new Loaded.Unusable("not a PKCS#12 file that can be read")
                    : password.length == 0 ? new Loaded.PasswordNeeded() : new Loaded.WrongPassword();
        } catch (GeneralSecurityException e) {
            return password.length == 0 ? new Loaded.PasswordNeeded() : new Loaded.WrongPassword();
        }
    }

    /// The premaster secret of a ClientKeyExchange (RFC 5246 7.4.7.1), or no bytes when it was not encrypted to this key.
    byte[] premaster(byte[] encrypted) {
        int size = (modulus.bitLength() + 7) / 8;
        BigInteger number = new BigInteger(1, encrypted);
        if (encrypted.length != size || number.compareTo(modulus) >= 0) {
            return new byte[0];
        }
        byte[] block = number.modPow(exponent, modulus).toByteArray();
        // PKCS#1 type 2: 00 02, padding without zeros, 00, 48 bytes. The leading zero is gone in the number.
        int at = block.length - 49;
        boolean padded = block.length == size - 1 && block[0] == 2 && at > 8 && block[at] == 0;
        for (int i = 1; padded && i < at; i++) {
            padded = block[i] != 0;
        }
        return padded ? Arrays.copyOfRange(block, at + 1, block.length) : new byte[0];
    }
}
