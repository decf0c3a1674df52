#include "fuzz/fuzz.h"
#include "lianqiao/json.h"
#include "wechat_push/message_crypto.h"
#include "wechat_push/message_xml.h"
#include "wechat_push/push_receiver.h"

namespace lianqiao::fuzz {

/// A message, XML or JSON; and the same bytes as what stands encrypted in one.
LIANQIAO_FUZZ_TARGET(wechat) {
  using namespace wechat_push;
  json::Document document;
  if (const auto text = jsonOfXml(input)) {
    demand(json::parse(*text, document).ok() && document.root.isObject(),
           "XML becomes a JSON object");
  } else {
    demand(!text.error().code.empty() && !text.error().detail.empty(), "refused XML says why");
  }
  if (const auto item = itemOfMessage(input)) {
    demand(json::parse(item->body, document).ok() && document.root.isObject(),
           "a message is a JSON object");
    kindOf(document.root);
  }
  const std::string key(32, 'k');
  const std::string random(16, 'r');
  decryptMessage(key, input, "id");
  const std::string encrypted = encryptMessage(key, random, input, "id");
  demand(decryptMessage(key, encrypted, "id") == input,
         "what was encrypted is decrypted to the same");
  demand(!decryptMessage(key, encrypted, "di"), "a message for another is not taken");
}

}  // namespace lianqiao::fuzz
