#pragma once

#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>

#include "lianqiao/adapter.h"

/// Signatures and encryption of WeChat and WeCom message push (protocols §3.1, §3.2). Pure
/// functions.
namespace lianqiao::wechat_push {

/// SHA-1 hex of the byte-wise sorted, joined parts.
std::string pushSignature(std::initializer_list<std::string_view> parts);

/// The 32-byte key of an EncodingAESKey of 43 characters; nullopt when it is none.
std::optional<std::string> messageKey(std::string_view encodingAesKey);

/// The text of `Encrypt` in a push's body, XML or JSON, found without parsing the rest: nothing of
/// it is believed before the signature over this text fits. Empty where there is none.
std::string encryptedText(std::string_view body);

/// The message inside an `Encrypt` text whose trailing id is `id`. nullopt whatever is wrong: no
/// detail, so that no oracle arises.
std::optional<std::string> decryptMessage(std::string_view key, std::string_view encrypted,
                                          std::string_view id);

/// `random` are 16 bytes.
std::string encryptMessage(std::string_view key, std::string_view random, std::string_view message,
                           std::string_view id);

}  // namespace lianqiao::wechat_push
