"""What Slack's refusals mean for a send: one table, by Slack's own names. No I/O.

https://docs.slack.dev/reference/methods/chat.postMessage#errors and its neighbours; https://docs.slack.dev/apis/web-api/rate-limits
"""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from bot.services.chat import ChatError, Trouble

#: Limits are counted by the minute; Slack that does not say how long is asked again after one.
_PATIENCE = timedelta(minutes=1)
_MOST_PATIENCE = timedelta(days=1)
_SECONDS = re.compile(r"[0-9]+")

_NAMES: dict[Trouble, str] = {
    # The last three: a workspace sends too much, or moves house; Slack took nothing and will later.
    Trouble.LIMITED: "ratelimited rate_limited message_limit_exceeded team_added_to_org external_channel_migrating",
    Trouble.UNCERTAIN: "fatal_error internal_error service_unavailable request_timeout update_failed",
    Trouble.RECIPIENT: (
        "channel_not_found not_in_channel is_archived is_inactive channel_is_limited_access posting_to_channel_denied "
        "user_disabled user_not_found user_not_visible users_not_found user_not_in_channel cannot_dm_bot messages_tab_disabled "
        "restricted_action restricted_action_non_threadable_channel restricted_action_read_only_channel "
        "restricted_action_thread_locked restricted_action_thread_only_channel cannot_reply_to_message thread_not_found "
        "message_not_found cant_update_message edit_window_closed method_not_supported_for_channel_type not_enabled "
        "invalid_user_combination not_enough_users too_many_users users_list_not_supplied send_on_behalf_not_allowed"
    ),
    Trouble.WORKSPACE: (
        "not_authed invalid_auth account_inactive token_revoked token_expired no_permission missing_scope not_allowed_token_type "
        "org_login_required enterprise_is_restricted ekm_access_denied access_denied accesslimited app_access_restricted "
        "team_access_not_granted team_not_found two_factor_setup_required is_bot not_installed"
    ),
    Trouble.MESSAGE: (
        "no_text msg_too_long msg_blocks_too_long invalid_blocks invalid_blocks_format block_mismatch invalid_attachments "
        "too_many_attachments attachment_payload_limit_exceeded too_many_contact_cards markdown_text_conflict "
        "invalid_metadata_format invalid_metadata_schema metadata_too_large metadata_must_be_sent_from_app as_user_not_supported "
        "invalid_arguments invalid_arg_name invalid_array_arg invalid_charset invalid_form_data invalid_post_type missing_post_type "
        "invalid_json json_not_object missing_argument missing_charset superfluous_charset unknown_method method_deprecated "
        "deprecated_endpoint limit_required invalid_cursor invalid_limit invalid_ts_latest invalid_ts_oldest "
        "view_too_large duplicate_external_id hash_conflict not_found push_limit_reached invalid_trigger_id expired_trigger_id "
        "exchanged_trigger_id trigger_expired trigger_exchanged missing_file_data duplicate_channel_not_found "
        "duplicate_message_not_found draft_already_deleted draft_already_sent draft_has_conflict draft_not_found "
        "slack_connect_canvas_sharing_blocked slack_connect_file_link_sharing_blocked slack_connect_lists_sharing_blocked "
        "slack_connect_blocked_file_type slack_connect_clip_sharing_blocked slack_connect_file_upload_sharing_blocked "
        "cant_broadcast_message no_dual_broadcast_content_update streaming_state_conflict blocked_file_type file_deleted "
        "file_is_deleted file_not_found file_share_limit_reached max_file_sharing_exceeded unable_to_share_files"
    ),
}
TROUBLE_OF: dict[str, Trouble] = {
    name: trouble for trouble, names in _NAMES.items() for name in names.split()
}

#: After these the token in memory is worth nothing.
DEAD_TOKEN = frozenset({"not_authed", "invalid_auth", "account_inactive", "token_revoked", "token_expired"})
#: Blocks that Slack refused for certain: the same message may follow in simpler ones.
REFUSED_BLOCKS = frozenset({"invalid_blocks", "invalid_blocks_format", "msg_blocks_too_long"})


def refusal(
    name: str, *, retry_after: str | None = None, date: str | None = None, needed: str = ""
) -> ChatError:
    """A refusal by name. A name nobody knows concerns this one recipient: it must not stop a workspace, nor go round for ever."""
    trouble = TROUBLE_OF.get(name, Trouble.RECIPIENT)
    reason = f"{name} ({needed})" if needed else name
    return ChatError(
        trouble, reason, retry_after=patience(retry_after, date) if trouble is Trouble.LIMITED else None
    )


def patience(retry_after: str | None, date: str | None = None) -> timedelta:
    """`Retry-After` in seconds, or as a date read against the answer's own `Date`; a minute where it says nothing usable."""
    text = (retry_after or "").strip()
    if _SECONDS.fullmatch(text):
        asked = timedelta(seconds=int(text)) if len(text) < 8 else _MOST_PATIENCE
        return max(timedelta(seconds=1), min(asked, _MOST_PATIENCE))
    until, now = _moment(text), _moment(date or "")
    if until is None or now is None:
        return _PATIENCE
    return max(timedelta(seconds=1), min(until - now, _MOST_PATIENCE))


def _moment(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
