#include "lianqiao/digest.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "conformance/test_data.h"
#include "lianqiao/json.h"

namespace lianqiao {
namespace {

TEST(Digest, GivesThePublishedValues) {
  EXPECT_EQ(hex(digest(Hash::md5, "demoappkeydemoappsecret1700000000000")),
            "19cc0d03ae81213e3e6339c39c553c68");
  EXPECT_EQ(hex(digest(Hash::sha1, "testOnlyAppKeytestOnlyappSecret1635478320000")),
            "89037df84706b6e4ebb58fde9d8f0cf94560b438");
  EXPECT_EQ(hex(digest(Hash::sha256, "")),
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(hex(digest(Hash::sm3, "abc")),
            "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0");
}

TEST(Hmac, GivesThePublishedValues) {
  EXPECT_EQ(hex(hmac(Hash::sha256, "Jefe", "what do ya want for nothing?")),
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
  EXPECT_EQ(hex(hmac(Hash::sm3, *unhex("0123456789abcdef0123456789abcdef"), "12345工单")),
            "57156b2b19c50c5fc89b924dee0028c78ae869f3e4bc1224984ba83561cf75da");
  EXPECT_EQ(hmac(Hash::sha256, "", "").size(), 32u);
}

TEST(Digest, AStreamGoesOnWhereItIsMovedTo) {
  DigestStream first(Hash::sm3);
  first.add("a");
  DigestStream second = std::move(first);
  second.add("b");
  first = std::move(second);
  EXPECT_EQ(hex(first.finish()), hex(digest(Hash::sm3, "ab")));
}

TEST(Digest, InPiecesIsThatOfTheWhole) {
  const std::string text(1000, 'x');
  const std::string longKey(200, 'k');
  for (const Hash hash : {Hash::md5, Hash::sha1, Hash::sha256, Hash::sm3}) {
    DigestStream plain(hash);
    DigestStream keyed(hash, "密钥");
    DigestStream longKeyed(hash, longKey);
    for (std::size_t at = 0, size = 0; at < text.size(); at += size++) {
      const std::string_view piece = std::string_view(text).substr(at, size);
      plain.add(piece);
      keyed.add(piece);
      longKeyed.add(piece);
    }
    EXPECT_EQ(hex(plain.finish()), hex(digest(hash, text)));
    EXPECT_EQ(hex(keyed.finish()), hex(hmac(hash, "密钥", text)));
    EXPECT_EQ(hex(longKeyed.finish()), hex(hmac(hash, longKey, text)));
    EXPECT_EQ(hex(plain.finish()), hex(digest(hash, ""))) << "it begins anew";
    EXPECT_EQ(hex(keyed.finish()), hex(hmac(hash, "密钥", "")));
  }
}

TEST(Hex, ReadsEitherCaseAndRefusesTheRest) {
  EXPECT_EQ(hex("\x01\xAB"), "01ab");
  EXPECT_EQ(unhex("01aB"), "\x01\xAB");
  EXPECT_EQ(unhex(""), "");
  EXPECT_EQ(unhex("0"), std::nullopt);
  EXPECT_EQ(unhex("0g"), std::nullopt);
}

TEST(Base64, ComesBackForEveryLength) {
  std::string bytes;
  for (int size = 0; size < 70; ++size) {
    EXPECT_EQ(unbase64(base64(bytes)), bytes);
    bytes += static_cast<char>(size * 37);
  }
  EXPECT_EQ(base64("any carnal pleas"), "YW55IGNhcm5hbCBwbGVhcw==");
}

TEST(Base64, TakesMissingPaddingAndTrailingBitsOnly) {
  EXPECT_EQ(unbase64("QQ"), "A");
  EXPECT_EQ(unbase64("QR=="), "A");
  EXPECT_EQ(unbase64("QUI"), "AB");
  for (const char* bad : {"Q", "QQ=", "QQ===", "=", "====", "QQ==QQ==", "Q Q=", "QQ-_", "QQ\n="}) {
    EXPECT_EQ(unbase64(bad), std::nullopt) << bad;
  }
}

TEST(EqualConstantTime, ComparesWhole) {
  EXPECT_TRUE(equalConstantTime("", ""));
  EXPECT_TRUE(equalConstantTime("abc", "abc"));
  EXPECT_FALSE(equalConstantTime("abc", "abd"));
  EXPECT_FALSE(equalConstantTime("abc", "ab"));
}

TEST(Aes, ComesBackForEveryLengthAndKeySize) {
  const std::string iv(16, 'i');
  for (const std::size_t keySize : {16u, 24u, 32u}) {
    const std::string key(keySize, 'k');
    for (std::size_t size = 0; size < 70; ++size) {
      const std::string plain(size, 'p');
      for (const unsigned block : {16u, 32u}) {
        const auto sealed = aesCbcEncrypt(key, iv, plain, block);
        ASSERT_TRUE(sealed);
        EXPECT_EQ(sealed->size() % block, 0u);
        EXPECT_EQ(aesCbcDecrypt(key, iv, *sealed, block), plain);
      }
      EXPECT_EQ(aesEcbDecrypt(key, *aesEcbEncrypt(key, plain)), plain);
    }
  }
}

TEST(Aes, RefusesBadKeysLengthsAndPadding) {
  const std::string key(32, 'k');
  const std::string iv(16, 'i');
  const std::string sealed = *aesCbcEncrypt(key, iv, std::string(20, 'p'), 32);
  EXPECT_EQ(aesCbcDecrypt("short", iv, sealed, 32), std::nullopt);
  EXPECT_EQ(aesCbcDecrypt(key, "short", sealed, 32), std::nullopt);
  EXPECT_EQ(aesCbcDecrypt(key, iv, sealed.substr(1), 32), std::nullopt);
  EXPECT_EQ(aesCbcDecrypt(key, iv, "", 32), std::nullopt);
  EXPECT_EQ(aesCbcDecrypt(key, iv, sealed, 0), std::nullopt);
  // A padding of 17..32 bytes is legal with block 32 only.
  const std::string wide = *aesCbcEncrypt(key, iv, "p", 32);
  EXPECT_EQ(aesCbcDecrypt(key, iv, wide, 32), "p");
  EXPECT_EQ(aesCbcDecrypt(key, iv, wide, 16), std::nullopt);
  for (std::size_t i = 16; i < 32; ++i) {
    std::string flipped = wide;
    flipped[i - 16] = static_cast<char>(flipped[i - 16] ^ 1);
    EXPECT_EQ(aesCbcDecrypt(key, iv, flipped, 32), std::nullopt) << i;
  }
}

/// protocols §3.1-3: SHA-1 over the sorted texts.
std::string callbackSignature(std::array<std::string, 4> parts) {
  std::sort(parts.begin(), parts.end());
  return hex(digest(Hash::sha1, parts[0] + parts[1] + parts[2] + parts[3]));
}

struct Opened {
  std::string random;
  std::string message;
  std::string id;
};

/// protocols §3.1-4..6.
std::optional<Opened> openCallback(std::string_view encodingKey, std::string_view encrypted) {
  const auto key = unbase64(std::string(encodingKey) + "=");
  const auto sealed = unbase64(encrypted);
  if (!key || !sealed) return std::nullopt;
  const auto plain = aesCbcDecrypt(*key, key->substr(0, 16), *sealed, 32);
  if (!plain || plain->size() < 20) return std::nullopt;
  std::size_t length = 0;
  for (std::size_t i = 16; i < 20; ++i)
    length = length << 8 | static_cast<unsigned char>((*plain)[i]);
  if (length > plain->size() - 20) return std::nullopt;
  return Opened{plain->substr(0, 16), plain->substr(20, length), plain->substr(20 + length)};
}

std::string sealCallback(std::string_view encodingKey, std::string_view random,
                         std::string_view message, std::string_view id) {
  const std::string key = *unbase64(std::string(encodingKey) + "=");
  std::string plain(random);
  for (int shift = 24; shift >= 0; shift -= 8) plain += static_cast<char>(message.size() >> shift);
  plain += message;
  plain += id;
  return base64(*aesCbcEncrypt(key, key.substr(0, 16), plain, 32));
}

TEST(WeChatVectors, UrlCheckAndPlainPush) {
  EXPECT_EQ(callbackSignature({"AAAAA", "1714036504", "1514711492", ""}),
            "f464b24fc39322e44b38aa78f5edd27bd1441696");
  EXPECT_EQ(callbackSignature({"AAAAA", "1714037059", "486452656", ""}),
            "899cf89e464efb63f54ddac96b0a0a235f53aa78");
}

TEST(WeChatVectors, SecurePushOpens) {
  const std::string key(43, 'A');
  const std::string encrypted =
      "+qdx1OKCy+5JPCBFWw70tm0fJGb2Jmeia4FCB7kao+/Q5c/ohsOzQHi8khUOb05JCpj0JB4RvQMkUyus8TPxLKJGQqcv"
      "ZqzDpVzazhZv6JsXUnnR8XGT740XgXZUXQ7vJVnAG+tE8NUd4yFyjPy7GgiaviNrlCTj+"
      "l5kdfMuFUPpRSrfMZuMcp3Fn"
      "2Pede2IuQrKEYwKSqFIZoNqJ4M8EajAsjLY2km32IIjdf8YL/P50F7mStwntrA2cPDrM1kb6mOcfBgRtWygb3VIYnSeO"
      "BrebufAlr7F9mFUPAJGj04=";
  EXPECT_EQ(callbackSignature({"AAAAA", "1714112445", "415670741", encrypted}),
            "046e02f8204d34f8ba5fa3b1db94908f3df2e9b3");
  const auto opened = openCallback(key, encrypted);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->random, "a8eedb185eb2fecf");
  EXPECT_EQ(opened->id, "wxba5fad812f8e6fb9");
  EXPECT_EQ(
      opened->message,
      R"({"ToUserName":"gh_97417a04a28d","FromUserName":"o9AgO5Kd5ggOC-bXrbNODIiE3bGY",)"
      R"("CreateTime":1714112445,"MsgType":"event","Event":"debug_demo","debug_str":"hello world"})");
}

TEST(WeChatVectors, ReplySeals) {
  const std::string sealed = sealCallback(std::string(43, 'A'), "707722b803182950",
                                          R"({"demo_resp":"good luck"})", "wxba5fad812f8e6fb9");
  EXPECT_EQ(
      sealed,
      "ELGduP2YcVatjqIS+eZbp80MNLoAUWvzzyJxgGzxZO/5sAvd070Bs6qrLARC9nVHm48Y4hyRbtzve1L32tmxSQ==");
  EXPECT_EQ(callbackSignature({"AAAAA", "1713424427", "415670741", sealed}),
            "1b9339964ed2e271e7c7b6ff2b0ef902fc94dea1");
}

TEST(DingTalkVectors, PublishedDebugDataOpens) {
  const std::string encrypted =
      "1a3NBxmCFwkCJvfoQ7WhJHB+iX3qHPsc9JbaDznE1i03peOk1LaOQoRz3+nlyGNhwmwJ3vDMG+OzrHMeiZI7gTRWVdUB"
      "mfxjZ8Ej23JVYa9VrYeJ5as7XM/ZpulX8NEQis44w53h1qAgnC3PRzM7Zc/D6Ibr0rgUathB6zRHP8PYrfgnNOS9PhSB"
      "dHlegK+AGGanfwjXuQ9+0pZcy0w9lQ==";
  EXPECT_EQ(callbackSignature({"123456", "1445827045067", "nEXhMP4r", encrypted}),
            "5a65ceeef9aab2d149439f82dc191dd6c5cbe2c0");
  const auto opened = openCallback("4g5j64qlyl3zvetqxz5jiocdr586fn2zvjpa8zls3ij", encrypted);
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->id, "suite4xxxxxxxxxxxxxxx");
  EXPECT_EQ(opened->message, R"({"EventType":"check_create_suite_url","Random":"LPIdSnlF",)"
                             R"("TestSuiteKey":"suite4xxxxxxxxxxxxxxx"})");
}

class CallbackFile : public ::testing::Test {
 protected:
  void SetUp() override {
    LIANQIAO_NEEDS_DATA("vectors/wechat_msgcrypt.json");
    text_ = test::readFile(test::sharedData("vectors/wechat_msgcrypt.json"));
    ASSERT_TRUE(json::parse(text_, document_));
  }
  static std::string at(const json::Value& entry, std::string_view name) {
    const json::Value* value = entry.find(name);
    return value == nullptr ? std::string() : std::string(value->text());
  }
  static std::string signatureOf(const json::Value& entry) {
    return callbackSignature(
        {at(entry, "token"), at(entry, "timestamp"), at(entry, "nonce"), at(entry, "encrypt")});
  }
  std::string text_;
  json::Document document_;
};

TEST_F(CallbackFile, EveryValidEntryOpensAndSealsTheSame) {
  const json::Value* valid = document_.root.find("valid");
  ASSERT_NE(valid, nullptr);
  for (const json::Value& entry : valid->elements()) {
    SCOPED_TRACE(at(entry, "name"));
    EXPECT_EQ(signatureOf(entry), at(entry, "msg_signature"));
    const auto opened = openCallback(at(entry, "encodingAESKey"), at(entry, "encrypt"));
    ASSERT_TRUE(opened);
    EXPECT_EQ(opened->message, at(entry, "plaintext"));
    EXPECT_EQ(opened->id, at(entry, "appid_or_corpid"));
    EXPECT_EQ(sealCallback(at(entry, "encodingAESKey"), *unhex(at(entry, "random16_hex")),
                           opened->message, opened->id),
              at(entry, "encrypt"));
  }
}

TEST_F(CallbackFile, VendorSampleOpens) {
  const json::Value& sample = *document_.root.find("vendor_documentation_sample");
  EXPECT_EQ(signatureOf(sample), at(sample, "msg_signature"));
  const auto opened = openCallback(at(sample, "encodingAESKey"), at(sample, "encrypt"));
  ASSERT_TRUE(opened);
  EXPECT_EQ(opened->message, at(sample, "decrypted_message"));
  EXPECT_EQ(opened->id, at(sample, "decrypted_id"));
}

TEST_F(CallbackFile, InvalidEntriesAreNoticedBySignatureIdOrPadding) {
  const json::Value* invalid = document_.root.find("invalid");
  ASSERT_NE(invalid, nullptr);
  for (const json::Value& entry : invalid->elements()) {
    SCOPED_TRACE(at(entry, "name"));
    if (at(entry, "name").ends_with("flipped")) continue;  // a flipped random block is no fault
    const auto opened = openCallback(at(entry, "encodingAESKey"), at(entry, "encrypt"));
    const bool taken = signatureOf(entry) == at(entry, "msg_signature") && opened &&
                       opened->id == at(entry, "appid_or_corpid");
    EXPECT_FALSE(taken);
  }
}

}  // namespace
}  // namespace lianqiao
