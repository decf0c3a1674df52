#include "wechat_push/push_receiver.h"

#include <algorithm>
#include <charconv>

#include "lianqiao/ascii.h"
#include "wechat_push/message_crypto.h"
#include "wechat_push/message_xml.h"

namespace lianqiao::wechat_push {
namespace {

Error unauthenticated(std::string detail) { return {codes::kUnauthenticated, std::move(detail)}; }

HttpResponse plainText(std::string body) {
  HttpResponse response;
  response.headers.add("Content-Type", "text/plain; charset=utf-8");
  // What is echoed is the caller's text: no browser shall take it for a page.
  response.headers.add("X-Content-Type-Options", "nosniff");
  response.body = std::move(body);
  return response;
}

std::string_view textOf(const json::Value& object, std::string_view name) {
  const json::Value* value = object.find(name);
  return value == nullptr ? std::string_view() : value->text();
}

/// JSON as it is, XML turned into JSON.
Result<std::string> jsonOf(std::string_view body) {
  const std::size_t first = body.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  if (first != std::string_view::npos && body[first] == '<') return jsonOfXml(body.substr(first));
  return std::string(body);
}

/// Its sender is proved and does not repeat what was answered, so it is kept for a person to look
/// at.
RawItem brokenItem(std::string evidence, const Error& error) {
  RawItem broken;
  broken.body = "{}";
  broken.evidence = std::move(evidence);
  broken.problems.push_back({error.code, "", error.detail});
  return broken;
}

/// The signed texts are sorted and joined with nothing in between. The nonce and the time are
/// short, or the encrypted text of one push could be the nonce of another, plain one.
Result<void> checkParts(const HttpRequest& request) {
  constexpr std::size_t kMostNonce = 32;
  constexpr std::size_t kMostDigits = 12;
  const std::string nonce = request.parameter("nonce"), time = request.parameter("timestamp");
  const auto isPlain = [](char c) { return isDigit(c) || isLetter(c) || c == '-' || c == '_'; };
  if (nonce.size() > kMostNonce || !std::all_of(nonce.begin(), nonce.end(), isPlain))
    return unauthenticated("nonce is none: it has at most 32 letters, digits, - and _.");
  if (time.size() > kMostDigits || !std::all_of(time.begin(), time.end(), isDigit))
    return unauthenticated("timestamp is missing or no number of seconds.");
  return {};
}

}  // namespace

PushReceiver::PushReceiver(PushIdentity identity, std::vector<std::string> kinds,
                           std::chrono::milliseconds maxSkew, Host& host)
    : identity_(std::move(identity)), kinds_(std::move(kinds)), maxSkew_(maxSkew), host_(host) {}

Result<Reception> PushReceiver::receive(const HttpRequest& request) {
  if (request.method != "GET" && request.method != "POST")
    return Error{codes::kMethod, "A message push is a POST."};
  if (auto timely = checkTime(request); !timely) return timely.error();
  if (auto whole = checkParts(request); !whole) return whole.error();
  if (request.method == "GET") return checkUrl(request);
  Reception reception;
  auto text = message(request);
  // Only behind a signature that fits is there anything to decrypt.
  if (!text && text.error().code == codes::kDecrypt) {
    reception.items.push_back(brokenItem(request.body, text.error()));
    return reception;
  }
  if (!text) return text.error();
  auto item = itemOfMessage(*text);
  if (!item) {
    reception.items.push_back(brokenItem(std::move(text).value(), item.error()));
    return reception;
  }
  json::Document document;
  if (!kinds_.empty() && json::parse(item->body, document) &&
      std::find(kinds_.begin(), kinds_.end(), kindOf(document.root)) == kinds_.end()) {
    host_.count("ignored_messages");
    reception.answer = plainText("success");
    return reception;
  }
  if (request.body != item->body) item->evidence = std::move(text).value();
  reception.items.push_back(std::move(item).value());
  return reception;
}

HttpResponse PushReceiver::answer(const HttpRequest&, std::span<const ItemVerdict>) {
  return plainText("success");
}

Result<Reception> PushReceiver::checkUrl(const HttpRequest& request) const {
  const std::string timestamp = request.parameter("timestamp"), nonce = request.parameter("nonce"),
                    echo = request.parameter("echostr");
  const std::string plain = request.parameter("signature"),
                    secure = request.parameter("msg_signature");
  const std::string& token = identity_.token.reveal();
  Reception reception;
  if (!secure.empty()) {
    // WeCom: the text to echo is itself encrypted.
    if (!equalConstantTime(pushSignature({token, timestamp, nonce, echo}), secure)) {
      return unauthenticated(
          "msg_signature of the URL check does not fit; compare the token with the one in WeCom's "
          "console.");
    }
    auto text = decrypt(echo);
    if (!text) return text.error();
    reception.answer = plainText(std::move(text).value());
    return reception;
  }
  if (plain.empty() || !equalConstantTime(pushSignature({token, timestamp, nonce}), plain)) {
    return unauthenticated(
        "signature of the URL check is missing or does not fit; compare the token with the one in "
        "WeChat's console.");
  }
  reception.answer = plainText(echo);
  return reception;
}

Result<void> PushReceiver::checkTime(const HttpRequest& request) const {
  if (maxSkew_.count() == 0) return {};
  const std::string text = request.parameter("timestamp");
  // Longer ones lie beyond every clock and would overflow the difference.
  constexpr std::size_t kMostDigits = 12;
  const bool digits = std::all_of(text.begin(), text.end(), isDigit);
  if (text.empty() || text.size() > kMostDigits || !digits) {
    return unauthenticated("timestamp is missing or no number of seconds.");
  }
  std::int64_t seconds = 0;
  std::from_chars(text.data(), text.data() + text.size(), seconds);
  const auto skew = host_.now() - WallTime(std::chrono::seconds(seconds));
  if (skew > maxSkew_ || -skew > maxSkew_) {
    return Error{
        codes::kClockSkew,
        "The push is " +
            std::to_string(std::chrono::duration_cast<std::chrono::seconds>(skew).count()) +
            " s from our time; max_skew allows less. Check this machine's clock."};
  }
  return {};
}

Result<std::string> PushReceiver::message(const HttpRequest& request) const {
  const std::string timestamp = request.parameter("timestamp"), nonce = request.parameter("nonce");
  const std::string& token = identity_.token.reveal();
  const std::string secure = request.parameter("msg_signature");
  // Where it stands it covers no body, and all of the address: wrong, it saves reading further.
  const std::string plain = request.parameter("signature");
  if (!plain.empty() && !equalConstantTime(pushSignature({token, timestamp, nonce}), plain)) {
    return unauthenticated("signature does not fit.");
  }
  if (request.parameter("encrypt_type") == "aes" || !secure.empty()) {
    // The plain `signature` beside it proves nothing of the body.
    if (secure.empty()) return unauthenticated("msg_signature is missing.");
    const std::string encrypted = encryptedText(request.body);
    if (!equalConstantTime(pushSignature({token, timestamp, nonce, encrypted}), secure)) {
      return unauthenticated("msg_signature does not fit the encrypted message.");
    }
    return decrypt(encrypted);
  }
  if (identity_.secureOnly)
    return unauthenticated("This address takes encrypted pushes only (mode: secure).");
  if (plain.empty()) return unauthenticated("signature is missing.");
  return request.body;
}

Result<std::string> PushReceiver::decrypt(std::string_view encrypted) const {
  for (const std::string& key : identity_.keys) {
    if (auto text = decryptMessage(key, encrypted, identity_.id)) return *text;
  }
  return Error{codes::kDecrypt,
               "The message cannot be decrypted for this id; compare aes_key and app_id with the "
               "platform's console."};
}

/// A MsgId is one sender's: two residents may have the same. Events bear none.
std::string sourceIdOf(const json::Value& message) {
  const std::string_view from = textOf(message, "FromUserName"), id = textOf(message, "MsgId"),
                         event = textOf(message, "Event");
  std::string source(from);
  if (!id.empty()) return source.append(from.empty() ? "" : "-").append(id);
  if (from.empty()) return {};
  source.append("-").append(textOf(message, "CreateTime"));
  return event.empty() ? source : source.append("-").append(event);
}

Result<RawItem> itemOfMessage(std::string_view message) {
  auto text = jsonOf(message);
  if (!text) return text.error();
  json::Document document;
  if (auto parsed = json::parse(*text, document); !parsed) return parsed.error();
  const json::Value& root = document.root;
  if (!root.isObject()) return Error{codes::kBadJson, "A message is a JSON object or <xml>."};
  RawItem item;
  item.sourceId = sourceIdOf(root);
  item.body = std::move(text).value();
  return item;
}

std::string kindOf(const json::Value& message) {
  const std::string_view type = textOf(message, "MsgType");
  if (type == "event") return "event:" + std::string(textOf(message, "Event"));
  return std::string(type);
}

}  // namespace lianqiao::wechat_push
