#include "webhook/batch_marks.h"

#include <stdexcept>

#include "kit/http/header_lines.h"

namespace lianqiao::webhook {
namespace {

std::string headerOf(const Settings& settings, std::string_view setting) {
  const std::string& name = settings.text(setting);
  if (!name.empty() && !kit::isHeaderName(name))
    throw std::invalid_argument(std::string(setting) +
                                " is no name of a header field; write one such as X-Batch-Digest");
  return name;
}

}  // namespace

BatchMarks::BatchMarks(const Settings& settings)
    : countHeader_(headerOf(settings, "count_header")),
      partHeader_(headerOf(settings, "part_header")),
      digestHeader_(headerOf(settings, "digest_header")),
      hash_(settings.text("digest_hash") == "sm3" ? Hash::sm3 : Hash::sha256),
      signatureHeader_(headerOf(settings, "signature_header")),
      key_(settings.secret("signature_key")) {
  if (!signatureHeader_.empty() && key_.empty())
    throw std::invalid_argument(
        "signature_header is set and signature_key is not; set the key that the peer was given");
}

void BatchMarks::add(const Part& part, HttpCall& call) const {
  if (!countHeader_.empty()) call.headers.set(countHeader_, std::to_string(part.records));
  if (!partHeader_.empty())
    call.headers.set(partHeader_, std::to_string(part.number) + '/' + std::to_string(part.of));
  if (!digestHeader_.empty()) call.headers.set(digestHeader_, hex(digest(hash_, call.body)));
  if (!signatureHeader_.empty())
    call.headers.set(signatureHeader_, hex(hmac(hash_, key_.reveal(), call.body)));
}

std::string BatchMarks::difference(const HttpRequest& request, std::size_t records) const {
  if (!countHeader_.empty() && request.headers.get(countHeader_) != std::to_string(records))
    return "the count is not that of the body";
  if (!digestHeader_.empty() &&
      request.headers.get(digestHeader_) != hex(digest(hash_, request.body)))
    return "the digest is not that of the body";
  if (!signatureHeader_.empty() &&
      !equalConstantTime(request.headers.get(signatureHeader_),
                         hex(hmac(hash_, key_.reveal(), request.body))))
    return "the signature is not that of the body";
  return {};
}

}  // namespace lianqiao::webhook
