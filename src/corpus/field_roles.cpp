#include "corpus/field_roles.hpp"

#include <algorithm>

#include "config/text_template.hpp"

namespace attnsweep::corpus {

std::size_t FieldRoles::want(const std::string& name) {
  auto& names = wanted.names;
  const auto at = std::find(names.begin(), names.end(), name) - names.begin();
  if (at == static_cast<std::ptrdiff_t>(names.size())) names.push_back(name);
  return static_cast<std::size_t>(at);
}

void FieldRoles::want_content(const CorpusEntry& entry) {
  const auto& fields = entry.fields;
  if (entry.text_template) {
    for (const auto& name : template_field_names(*entry.text_template))
      template_fields.emplace_back(name, want(name));
    for (const auto& [name, at] : template_fields) content.push_back(at);
    // A plain text is the field 'text' of a template.
    const auto is_text = [&](const auto& field) {
      return field.first == fields.text.value_or("text");
    };
    const auto found = std::find_if(template_fields.begin(), template_fields.end(), is_text);
    if (found != template_fields.end()) wanted.text = found->second;
    return;
  }
  text = want(fields.text.value_or("text"));
  input_ids = want(fields.input_ids.value_or("input_ids"));
  content = {text, input_ids};
  if (fields.text_pair) content.push_back(text_pair = want(*fields.text_pair));
  if (fields.words) content.push_back(words = want(*fields.words));
  if (entry.chat_template) content.push_back(messages = want(fields.messages.value_or("messages")));
  wanted.text = text;
}

FieldRoles::FieldRoles(const CorpusEntry& entry) {
  want_content(entry);
  id = want(entry.fields.id.value_or("id"));
  document = want(entry.fields.document.value_or("document"));
  for (const auto& name : entry.covariates)
    covariates.push_back(is_computed_covariate(name) ? Wanted::nowhere : want(name));
}

FieldRoles FieldRoles::of_index(const CorpusEntry& entry) {
  FieldRoles roles;
  if (entry.deduplicate) roles.want_content(entry);
  roles.id = roles.want(entry.fields.id.value_or("id"));
  if (entry.stratify) roles.covariates = {roles.want(*entry.stratify)};
  return roles;
}

}  // namespace attnsweep::corpus
