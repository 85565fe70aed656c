package dev.rdptrace.decrypt;

import dev.rdptrace.wire.tls.CipherSuite;
import dev.rdptrace.wire.tls.CipherSuite.Protection;
import dev.rdptrace.wire.tls.TlsVersion;
import java.security.GeneralSecurityException;
import java.util.Arrays;
import javax.crypto.Cipher;
import javax.crypto.spec.GCMParameterSpec;
import javax.crypto.spec.IvParameterSpec;
import javax.crypto.spec.SecretKeySpec;
import org.bouncycastle.crypto.BlockCipher;
import org.bouncycastle.crypto.InvalidCipherTextException;
import org.bouncycastle.crypto.engines.AESEngine;
import org.bouncycastle.crypto.engines.ARIAEngine;
import org.bouncycastle.crypto.engines.CamelliaEngine;
import org.bouncycastle.crypto.engines.DESEngine;
import org.bouncycastle.crypto.engines.DESedeEngine;
import org.bouncycastle.crypto.engines.IDEAEngine;
import org.bouncycastle.crypto.engines.RC4Engine;
import org.bouncycastle.crypto.engines.SEEDEngine;
import org.bouncycastle.crypto.engines.SM4Engine;
import org.bouncycastle.crypto.modes.AEADBlockCipher;
import org.bouncycastle.crypto.modes.CBCBlockCipher;
import org.bouncycastle.crypto.modes.CBCModeCipher;
import org.bouncycastle.crypto.modes.CCMBlockCipher;
import org.bouncycastle.crypto.modes.GCMBlockCipher;
import org.bouncycastle.crypto.params.AEADParameters;
import org.bouncycastle.crypto.params.KeyParameter;
import org.bouncycastle.crypto.params.ParametersWithIV;
import org.jspecify.annotations.Nullable;

/// Opens the records of one direction under one set of keys. It keeps no sequence number: the caller, who may have to
/// guess it, says which one to try.
sealed interface RecordCipher {
    /// The plaintext, or `null` when the record does not prove genuine.
    ///
    /// @param previous the last ciphertext block before this record, for the chained IV of TLS 1.0
    byte @Nullable [] open(long sequence, int type, int version, byte[] buffer, int offset, int length, byte[] previous);

    /// May the same record be tried under several sequence numbers?
    boolean canGuess();

    /// Can the keys of this suite be used here at all?
    static boolean supports(CipherSuite suite) {
        return switch (suite.protection().sealing()) {
            case AEAD_GCM, AEAD_CCM, AEAD_CCM8, CHACHA20, NULL -> true;
            case STREAM -> suite.cipherName().equals("RC4_128");
            case CBC -> engine(suite) != null && !suite.isExport();
            case UNKNOWN -> false;
        };
    }

    /// RFC 5246 6.3: lengths of MAC key, cipher key and fixed IV in the key block.
    static int[] keyLengths(CipherSuite suite, TlsVersion version) {
        Protection protection = suite.protection();
        int iv = switch (protection.sealing()) {
            case AEAD_GCM, AEAD_CCM, AEAD_CCM8 -> 4;
            case CHACHA20 -> 12;
            case CBC -> version.code() < TlsVersion.TLS_1_1 ? protection.blockSize() : 0;
            case STREAM, NULL, UNKNOWN -> 0;
        };
        return new int[] {protection.macLength(), protection.keyLength(), iv};
    }

    /// For SSL 3.0 and TLS 1.0 to 1.2.
    static RecordCipher before13(CipherSuite suite, TlsVersion version, boolean encryptThenMac, byte[] macKey,
            byte[] key, byte[] iv, Gcm gcm) {
        return switch (suite.protection().sealing()) {
            case AEAD_GCM, AEAD_CCM, AEAD_CCM8, CHACHA20 -> new Aead(suite, key, iv, gcm);
            case CBC -> new Cbc(suite, version.code() >= TlsVersion.TLS_1_1, encryptThenMac, macKey, key, iv);
            case STREAM, NULL, UNKNOWN -> new Stream(suite, macKey, key);
        };
    }

    /// RFC 8446 5.2 and 5.3.
    ///
    /// @param headerIsAuthentic since draft 25 the record header is covered by the tag
    static RecordCipher of13(CipherSuite suite, byte[] key, byte[] iv, boolean headerIsAuthentic, Gcm gcm) {
        return new Aead13(suite, key, iv, headerIsAuthentic, gcm);
    }

    /// RFC 5246 6.2.3.3, RFC 5288, 6655, 7905.
    final class Aead implements RecordCipher {
        private final AeadKey key;
        private final byte[] iv;
        private final int explicitNonce;
        private final int tag;

        Aead(CipherSuite suite, byte[] key, byte[] iv, Gcm gcm) {
            this.key = new AeadKey(suite, key, gcm);
            this.iv = iv;
            boolean chacha = suite.protection().sealing() == CipherSuite.Sealing.CHACHA20;
            this.explicitNonce = chacha ? 0 : 8;
            this.tag = suite.protection().sealing() == CipherSuite.Sealing.AEAD_CCM8 ? 8 : 16;
        }

        @Override
        public byte @Nullable [] open(long sequence, int type, int version, byte[] buffer, int offset, int length, byte[] previous) {
            int plain = length - explicitNonce - tag;
            if (plain < 0) {
                return null;
            }
            byte[] nonce;
            if (explicitNonce == 0) {
                nonce = masked(iv, sequence);
            } else {
                nonce = Arrays.copyOf(iv, 12);
                System.arraycopy(buffer, offset, nonce, 4, 8);
            }
            return key.open(nonce, header(sequence, type, version, plain), buffer, offset + explicitNonce,
                    length - explicitNonce, tag);
        }

        @Override
        public boolean canGuess() {
            return true;
        }
    }

    /// RFC 8446 5.2.
    final class Aead13 implements RecordCipher {
        private final AeadKey key;
        private final byte[] iv;
        private final boolean headerIsAuthentic;
        private final int tag;

        Aead13(CipherSuite suite, byte[] key, byte[] iv, boolean headerIsAuthentic, Gcm gcm) {
            this.key = new AeadKey(suite, key, gcm);
            this.iv = iv;
            this.headerIsAuthentic = headerIsAuthentic;
            this.tag = suite.protection().sealing() == CipherSuite.Sealing.AEAD_CCM8 ? 8 : 16;
        }

        @Override
        public byte @Nullable [] open(long sequence, int type, int version, byte[] buffer, int offset, int length, byte[] previous) {
            if (length < tag + 1) {
                return null;
            }
            byte[] aad = headerIsAuthentic
                    ? new byte[] {(byte) type, (byte) (version >> 8), (byte) version, (byte) (length >> 8), (byte) length}
                    : new byte[0];
            return key.open(masked(iv, sequence), aad, buffer, offset, length, tag);
        }

        @Override
        public boolean canGuess() {
            return true;
        }
    }

    /// RFC 5246 6.2.3.2, RFC 2246 6.2.3.2, RFC 7366.
    final class Cbc implements RecordCipher {
        private final CBCModeCipher cipher;
        private final KeyParameter key;
        private final boolean explicitIv;
        private final boolean encryptThenMac;
        private final Mac mac;
        private final byte[] firstIv;
        private final int macLength;
        private final int block;

        Cbc(CipherSuite suite, boolean explicitIv, boolean encryptThenMac, byte[] macKey, byte[] key, byte[] iv) {
            this.cipher = CBCBlockCipher.newInstance(engine(suite));
            this.key = new KeyParameter(key);
            this.explicitIv = explicitIv;
            this.encryptThenMac = encryptThenMac;
            this.mac = new Mac(suite.hashName(), macKey);
            this.firstIv = iv;
            this.macLength = suite.protection().macLength();
            this.block = suite.protection().blockSize();
        }

        @Override
        public byte @Nullable [] open(long sequence, int type, int version, byte[] buffer, int offset, int length, byte[] previous) {
            int end = offset + length - (encryptThenMac ? macLength : 0);
            int begin = offset + (explicitIv ? block : 0);
            if (end <= begin || (end - begin) % block != 0) {
                return null;
            }
            if (encryptThenMac) {
                byte[] proof = mac.of(sequence, type, version, buffer, offset, end - offset);
                if (!Arrays.equals(proof, 0, macLength, buffer, end, end + macLength)) {
                    return null;
                }
            }
            byte[] iv = explicitIv ? Arrays.copyOfRange(buffer, offset, begin)
                    : sequence == 0 ? firstIv : Arrays.copyOfRange(previous, previous.length - block, previous.length);
            cipher.init(false, new ParametersWithIV(key, iv));
            byte[] plain = new byte[end - begin];
            for (int at = 0; at < plain.length; at += block) {
                cipher.processBlock(buffer, begin + at, plain, at);
            }
            int padding = (plain[plain.length - 1] & 0xff) + 1;
            int content = plain.length - padding - (encryptThenMac ? 0 : macLength);
            if (content < 0) {
                return null;
            }
            // SSL 3.0 pads with whatever it likes.
            for (int i = plain.length - padding; version != TlsVersion.SSL_3_0 && i < plain.length; i++) {
                if ((plain[i] & 0xff) != padding - 1) {
                    return null;
                }
            }
            if (!encryptThenMac) {
                byte[] proof = mac.of(sequence, type, version, plain, 0, content);
                if (!Arrays.equals(proof, 0, macLength, plain, content, content + macLength)) {
                    return null;
                }
            }
            return Arrays.copyOf(plain, content);
        }

        @Override
        public boolean canGuess() {
            return true;
        }
    }

    /// RFC 5246 6.2.3.1: RC4, or nothing but a MAC.
    final class Stream implements RecordCipher {
        private final @Nullable RC4Engine rc4;
        private final Mac mac;
        private final int macLength;

        Stream(CipherSuite suite, byte[] macKey, byte[] key) {
            this.rc4 = suite.protection().sealing() == CipherSuite.Sealing.STREAM ? new RC4Engine() : null;
            if (rc4 != null) {
                rc4.init(false, new KeyParameter(key));
            }
            this.mac = new Mac(suite.hashName(), macKey);
            this.macLength = suite.protection().macLength();
        }

        @Override
        public byte @Nullable [] open(long sequence, int type, int version, byte[] buffer, int offset, int length, byte[] previous) {
            byte[] plain = Arrays.copyOfRange(buffer, offset, offset + length);
            if (rc4 != null) {
                rc4.processBytes(buffer, offset, length, plain, 0);
            }
            int content = length - macLength;
            if (content < 0) {
                return null;
            }
            if (macLength > 0) {
                byte[] proof = mac.of(sequence, type, version, plain, 0, content);
                if (!Arrays.equals(proof, 0, macLength, plain, content, content + macLength)) {
                    return null;
                }
            }
            return Arrays.copyOf(plain, content);
        }

        /// The key stream has moved on after one try.
        @Override
        public boolean canGuess() {
            return rc4 == null;
        }
    }

    /// AES-GCM of the JDK. To make one takes longer than to open a record, so all keys of one direction share one; as long as
    /// the key stays the same, it keeps what it has computed from it.
    final class Gcm {
        private @Nullable Cipher cipher;

        byte @Nullable [] open(SecretKeySpec key, byte[] nonce, byte[] aad, byte[] buffer, int offset, int length, int tag) {
            try {
                if (cipher == null) {
                    cipher = Cipher.getInstance("AES/GCM/NoPadding");
                }
                cipher.init(Cipher.DECRYPT_MODE, key, new GCMParameterSpec(8 * tag, nonce));
                cipher.updateAAD(aad);
                return cipher.doFinal(buffer, offset, length);
            } catch (GeneralSecurityException e) {
                return null;
            }
        }
    }

    /// One AEAD key, whichever library knows the cipher.
    final class AeadKey {
        private final String cipherName;
        private final byte[] key;
        private final SecretKeySpec specification;
        private final Gcm gcm;

        AeadKey(CipherSuite suite, byte[] key, Gcm gcm) {
            this.cipherName = suite.cipherName();
            this.key = key;
            this.specification = new SecretKeySpec(key, cipherName.equals("CHACHA20_POLY1305") ? "ChaCha20" : "AES");
            this.gcm = gcm;
        }

        byte @Nullable [] open(byte[] nonce, byte[] aad, byte[] buffer, int offset, int length, int tag) {
            return switch (cipherName) {
                case "AES_128_GCM", "AES_256_GCM" -> gcm.open(specification, nonce, aad, buffer, offset, length, tag);
                case "CHACHA20_POLY1305" -> withChaCha20(nonce, aad, buffer, offset, length);
                case "AES_128_CCM", "AES_256_CCM", "AES_128_CCM_8", "AES_256_CCM_8" -> withBouncyCastle(
                        CCMBlockCipher.newInstance(AESEngine.newInstance()), nonce, aad, buffer, offset, length, tag);
                case "SM4_CCM" -> withBouncyCastle(
                        CCMBlockCipher.newInstance(new SM4Engine()), nonce, aad, buffer, offset, length, tag);
                case "CAMELLIA_128_GCM", "CAMELLIA_256_GCM" -> withBouncyCastle(
                        GCMBlockCipher.newInstance(new CamelliaEngine()), nonce, aad, buffer, offset, length, tag);
                case "ARIA_128_GCM", "ARIA_256_GCM" -> withBouncyCastle(
                        GCMBlockCipher.newInstance(new ARIAEngine()), nonce, aad, buffer, offset, length, tag);
                case "SM4_GCM" -> withBouncyCastle(
                        GCMBlockCipher.newInstance(new SM4Engine()), nonce, aad, buffer, offset, length, tag);
                default -> null;
            };
        }

        private byte @Nullable [] withChaCha20(byte[] nonce, byte[] aad, byte[] buffer, int offset, int length) {
            try {
                // Afresh each time: the JDK's refuses to use a nonce again, and guessing does just that.
                Cipher cipher = Cipher.getInstance("ChaCha20-Poly1305");
                cipher.init(Cipher.DECRYPT_MODE, specification, new IvParameterSpec(nonce));
                cipher.updateAAD(aad);
                return cipher.doFinal(buffer, offset, length);
            } catch (GeneralSecurityException e) {
                return null;
            }
        }

        private byte @Nullable [] withBouncyCastle(AEADBlockCipher cipher, byte[] nonce, byte[] aad, byte[] buffer, int offset,
                int length, int tag) {
            try {
                cipher.init(false, new AEADParameters(new KeyParameter(key), 8 * tag, nonce, aad));
                byte[] plain = new byte[cipher.getOutputSize(length)];
                int written = cipher.processBytes(buffer, offset, length, plain, 0);
                written += cipher.doFinal(plain, written);
                return Arrays.copyOf(plain, written);
            } catch (InvalidCipherTextException e) {
                return null;
            }
        }
    }

    private static @Nullable BlockCipher engine(CipherSuite suite) {
        return switch (suite.cipherName()) {
            case "AES_128_CBC", "AES_256_CBC" -> AESEngine.newInstance();
            case "3DES_EDE_CBC" -> new DESedeEngine();
            case "DES_CBC" -> new DESEngine();
            case "CAMELLIA_128_CBC", "CAMELLIA_256_CBC" -> new CamelliaEngine();
            case "ARIA_128_CBC", "ARIA_256_CBC" -> new ARIAEngine();
            case "SEED_CBC" -> new SEEDEngine();
            case "IDEA_CBC" -> new IDEAEngine();
            case "SM4_CBC" -> new SM4Engine();
            default -> null;
        };
    }

    /// `seq_num:8 type:1 version:2 length:2`, what MACs and tags cover before TLS 1.3.
    private static byte[] header(long sequence, int type, int version, int length) {
        byte[] header = new byte[13];
        for (int i = 0; i < 8; i++) {
            header[i] = (byte) (sequence >> 56 - 8 * i);
        }
        header[8] = (byte) type;
        header[9] = (byte) (version >> 8);
        header[10] = (byte) version;
        header[11] = (byte) (length >> 8);
        header[12] = (byte) length;
        return header;
    }

    /// The MAC of records before TLS 1.3.
    final class Mac {
        private final String hash;
        private final byte[] key;
        private final Hmac hmac;

        Mac(String hash, byte[] key) {
            this.hash = hash;
            this.key = key;
            this.hmac = new Hmac(hash, key);
        }

        byte[] of(long sequence, int type, int version, byte[] buffer, int offset, int length) {
            byte[] header = header(sequence, type, version, length);
            if (version != TlsVersion.SSL_3_0) {
                return hmac.of(header, buffer, offset, length);
            }
            byte[] withoutVersion = KeyDerivation.concat(Arrays.copyOf(header, 9), Arrays.copyOfRange(header, 11, 13));
            return KeyDerivation.ssl3Mac(hash, key, withoutVersion, Arrays.copyOfRange(buffer, offset, offset + length));
        }
    }

    private static byte[] masked(byte[] iv, long sequence) {
        byte[] nonce = iv.clone();
        for (int i = 0; i < 8; i++) {
            nonce[nonce.length - 1 - i] ^= (byte) (sequence >> 8 * i);
        }
        return nonce;
    }
}
