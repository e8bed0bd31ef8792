"""Telegram on this machine: the Bot API over HTTP, and people who write and press buttons.

    async with TelegramSimulator() as telegram:
        ada = telegram.person()
        ada.write("hello")                  # brought by webhook or fetched by polling
        await telegram.until(lambda: ada.inbox)
        ada.press("Taken")

Updates wait until the bot confirms them: by the offset of its next getUpdates, or by answering
the webhook with 2xx. Nobody can be written to before having written; nobody who has blocked.
"""

import asyncio
import itertools
import time
from dataclasses import dataclass, field
from typing import Any

from aiohttp import ClientError, web

from tests.simulators.bot_api import Refusal, checked
from tests.simulators.provider import Misbehaviour, Provider, after_acting, cut

BOT_ID = 7_000_000_001
TOKEN = f"{BOT_ID}:AAsimulated-token-that-must-not-leak"
USERNAME = "balm_simulated_bot"
_BOT = {"id": BOT_ID, "is_bot": True, "first_name": "Balm", "username": USERNAME}


@dataclass(slots=True, kw_only=True)
class Shown:
    """One message as it stands on somebody's screen; an edit changes it in place."""

    message_id: int
    chat_id: int
    text: str
    html: str
    buttons: list[list[dict[str, str]]] = field(default_factory=list)
    edits: int = 0
    is_editable: bool = True

    def as_json(self, chat: dict[str, Any]) -> dict[str, Any]:
        """The `Message` of the Bot API."""
        message = {"message_id": self.message_id, "date": _now(), "chat": chat, "from": _BOT}
        keyboard = {"reply_markup": {"inline_keyboard": self.buttons}} if self.buttons else {}
        return {**message, "text": self.text, **keyboard}


@dataclass(slots=True, kw_only=True)
class Call:
    """One request of the bot."""

    method: str
    params: dict[str, Any]


_PROFILE = {
    "MyCommands": "commands",
    "MyDescription": "description",
    "MyShortDescription": "short_description",
}


class TelegramSimulator(Provider):
    """Telegram's side."""

    def __init__(self, *, token: str = TOKEN) -> None:
        """Nothing is served before `async with`."""
        super().__init__()
        self.token = token
        self.calls: list[Call] = []
        self.shown: list[Shown] = []
        self.answered_presses: list[str] = []
        self.open_presses: set[str] = set()
        self.people: dict[int, Person] = {}
        self.pending: list[dict[str, Any]] = []
        self.webhook: dict[str, str] | None = None
        self.webhook_refusals: list[int] = []
        self.profile: dict[tuple[str, str], Any] = {}
        self.files: dict[str, bytes] = {}
        """What a `file_id` stands for."""
        self.sizes_said: dict[str, int] = {}
        """What getFile says of a file's size where it is not the truth."""
        self.deleted: list[tuple[int, int]] = []
        """Chat and message of everything that the bot deleted."""
        self._numbers = itertools.count(1)
        self._polls = 0

    @property
    def api_base(self) -> str:
        """Where the Bot API lies, up to the token."""
        return f"{self.address}/bot"

    @property
    def file_base(self) -> str:
        """Where files lie, up to the token."""
        return f"{self.address}/file/bot"

    def _app(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", f"/bot{self.token}/{{method}}", self._call)
        app.router.add_get(f"/file/bot{self.token}/{{file_id}}", self._file)
        app.router.add_route("*", "/{path:.*}", self._unknown_token)
        return app

    def person(self, chat_id: int | None = None, *, language: str = "en") -> "Person":
        """Somebody with a phone."""
        number = chat_id if chat_id is not None else 5_000 + next(self._numbers)
        return self.people.setdefault(number, Person(self, number, language=language))

    def queue(self, kind: str, content: dict[str, Any]) -> int:
        """One more update for the bot; its number."""
        number = next(self._numbers)
        self.pending.append({"update_id": number, kind: content})
        return number

    def called(self, method: str) -> list[dict[str, Any]]:
        """The parameters of every call of `method`."""
        return [call.params for call in self.calls if call.method == method]

    async def _unknown_token(self, request: web.Request) -> web.Response:
        del request
        return _refused(Refusal(401, "Unauthorized"))

    async def _call(self, request: web.Request) -> web.Response:
        method = request.match_info["method"]
        sent = await request.post()
        raw = {**request.query, **{name: str(value) for name, value in sent.items()}}
        fault = self._fault(method)
        if fault is not None and fault.kind is Misbehaviour.RESET_BEFORE:
            return cut(request)
        if fault is not None and fault.kind is Misbehaviour.REFUSE:
            return _refused(Refusal(fault.status, fault.error), retry_after=fault.retry_after)
        try:
            params = checked(method, raw)
            self.calls.append(Call(method=method, params=params))
            is_profile = method[len("set") :] in _PROFILE
            result = (
                self._profile(method, params) if is_profile else await self._act(method, params)
            )
        except Refusal as refusal:
            return _refused(refusal)
        return await after_acting(fault, request, web.json_response({"ok": True, "result": result}))

    async def _act(self, method: str, params: dict[str, Any]) -> Any:
        match method:
            case "getMe":
                return _BOT
            case "sendMessage" | "sendPhoto" | "sendDocument":
                return self._send(params)
            case "editMessageText" | "getFile" | "deleteMessage":
                return self._one_thing(method, params)
            case "answerCallbackQuery":
                return self._answer(params["callback_query_id"])
            case "getUpdates":
                return await self._get_updates(params)
            case "setWebhook":
                self.webhook = {"url": params["url"], "secret": params.get("secret_token", "")}
                return True
            case "deleteWebhook":
                self.webhook = None
                return True
            case _:
                raise Refusal(404, "Not Found")

    def _profile(self, method: str, params: dict[str, Any]) -> Any:
        """What the bot shows of itself, by language; other languages see that of nobody's."""
        field = _PROFILE[method.removeprefix("set").removeprefix("get")]
        language = params.get("language_code", "")
        if method.startswith("set"):
            self.profile[field, language] = params.get(field)
            return True
        nothing: Any = [] if field == "commands" else ""
        shown = self.profile.get((field, language), nothing)
        return shown if field == "commands" else {field: shown}

    def _chat_of(self, params: dict[str, Any]) -> "Person":
        person = self.people.get(params["chat_id"])
        if person is None or not person.has_written:
            raise Refusal(400, "chat not found")
        if person.has_blocked:
            raise Refusal(403, "Forbidden: bot was blocked by the user")
        return person

    def _send(self, params: dict[str, Any]) -> dict[str, Any]:
        person = self._chat_of(params)
        message = Shown(
            message_id=next(self._numbers),
            chat_id=person.chat_id,
            text=params["visible"],
            html=params.get("text") or params["caption"],
            buttons=(params.get("reply_markup") or {}).get("inline_keyboard", []),
        )
        self.shown.append(message)
        return message.as_json(person.chat)

    def _edit(self, params: dict[str, Any]) -> dict[str, Any]:
        person = self._chat_of(params)
        message = next((m for m in person.inbox if m.message_id == params.get("message_id")), None)
        if message is None:
            raise Refusal(400, "message to edit not found")
        if not message.is_editable:
            raise Refusal(400, "message can't be edited")
        buttons = (params.get("reply_markup") or {}).get("inline_keyboard", [])
        if (message.text, message.buttons) == (params["visible"], buttons):
            raise Refusal(400, "message is not modified: specified new message content is the same")
        message.text, message.html, message.buttons = params["visible"], params["text"], buttons
        message.edits += 1
        return message.as_json(person.chat)

    def _answer(self, press_id: Any) -> bool:
        if str(press_id) not in self.open_presses:
            raise Refusal(
                400, "query is too old and response timeout expired or query ID is invalid"
            )
        self.open_presses.discard(str(press_id))
        self.answered_presses.append(str(press_id))
        return True

    def _one_thing(self, method: str, params: dict[str, Any]) -> Any:
        do = {"editMessageText": self._edit, "getFile": self._get_file}
        return do.get(method, self._delete)(params)

    def _get_file(self, params: dict[str, Any]) -> dict[str, Any]:
        file_id = str(params["file_id"])
        if file_id not in self.files:
            raise Refusal(400, "wrong file_id or the file is temporarily unavailable")
        size = self.sizes_said.get(file_id, len(self.files[file_id]))
        return {
            "file_id": file_id,
            "file_unique_id": f"u-{file_id}",
            "file_size": size,
            "file_path": file_id,
        }

    async def _file(self, request: web.Request) -> web.Response:
        fault = self._fault("file")
        if fault is not None:
            return web.Response(status=fault.status)
        return web.Response(body=self.files[request.match_info["file_id"]])

    def _delete(self, params: dict[str, Any]) -> bool:
        place = (params["chat_id"], params["message_id"])
        if place in self.deleted:
            raise Refusal(400, "message to delete not found")
        self.deleted.append(place)
        return True

    async def _get_updates(self, params: dict[str, Any]) -> list[dict[str, Any]]:
        if self.webhook is not None:
            raise Refusal(409, "Conflict: can't use getUpdates method while webhook is active")
        self._polls += 1
        mine, ends = self._polls, time.monotonic() + float(params.get("timeout", 0))
        offset = params.get("offset", 0)
        self.pending = [u for u in self.pending if u["update_id"] >= offset]
        while not self.pending and time.monotonic() < ends:
            await asyncio.sleep(0.01)
            if mine != self._polls:
                raise Refusal(409, "Conflict: terminated by other getUpdates request")
        return self.pending[: params.get("limit", 100)]

    async def _work(self) -> None:
        """Bring what waits to the webhook, in order, again and again until it is taken."""
        while True:
            await asyncio.sleep(0.01)
            if self.webhook is None or not self.pending:
                continue
            update, secret = self.pending[0], self.webhook["secret"]
            headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
            try:
                async with self._http.post(
                    self.webhook["url"], json=update, headers=headers
                ) as answer:
                    status = answer.status
            except (ClientError, TimeoutError):
                status = 0
            if 200 <= status < 300:
                self.pending.remove(update)
            else:
                self.webhook_refusals.append(status)
                await asyncio.sleep(0.05)


class Person:
    """Somebody with Telegram on the phone, in a private chat with the bot."""

    def __init__(self, telegram: TelegramSimulator, chat_id: int, *, language: str) -> None:
        """Use `TelegramSimulator.person`."""
        self._telegram = telegram
        self.chat_id = chat_id
        self.chat = {"id": chat_id, "type": "private", "first_name": "Ada"}
        self.user = {
            "id": chat_id,
            "is_bot": False,
            "first_name": "Ada",
            "language_code": language,
        }
        self.has_written = False
        self.has_blocked = False

    @property
    def inbox(self) -> list[Shown]:
        """What the bot wrote, oldest first, as it reads now."""
        return [message for message in self._telegram.shown if message.chat_id == self.chat_id]

    def write(self, text: str) -> int:
        """Send a text; the number of the update."""
        return self.send(text=text)

    def send(self, **content: Any) -> int:
        """Send anything else: photo=[…], caption="…", voice={…}, location={…}."""
        self.has_written = True
        return self._telegram.queue("message", self._message(**content))

    def edit(self, text: str) -> int:
        """Change a text that was already sent."""
        return self._telegram.queue("edited_message", self._message(text=text, edit_date=_now()))

    def press(self, label: str, *, on: Shown | None = None) -> str:
        """Press the button with `label`, by default on the newest message; the press's id."""
        message = on if on is not None else next(m for m in reversed(self.inbox) if m.buttons)
        button = next(b for row in message.buttons for b in row if label in b["text"])
        press_id = f"9{next(self._telegram._numbers):012d}"
        self._telegram.open_presses.add(press_id)
        self._telegram.queue(
            "callback_query",
            {
                "id": press_id,
                "from": self.user,
                "message": message.as_json(self.chat),
                "chat_instance": "1",
                "data": button["callback_data"],
            },
        )
        return press_id

    def block(self) -> int:
        """Block the bot."""
        self.has_blocked = True
        return self._membership("member", "kicked")

    def unblock(self) -> int:
        """Let the bot back in."""
        self.has_blocked = False
        return self._membership("kicked", "member")

    def _membership(self, old: str, new: str) -> int:
        def member(status: str) -> dict[str, Any]:
            until = {"until_date": 0} if status == "kicked" else {}
            return {"user": _BOT, "status": status, **until}

        change = {"chat": self.chat, "from": self.user, "date": _now()}
        change |= {"old_chat_member": member(old), "new_chat_member": member(new)}
        return self._telegram.queue("my_chat_member", change)

    def _message(self, **content: Any) -> dict[str, Any]:
        number = next(self._telegram._numbers)
        head = {"message_id": number, "date": _now(), "chat": self.chat, "from": self.user}
        return head | content


def _refused(refusal: Refusal, *, retry_after: int | None = None) -> web.Response:
    answer: dict[str, Any] = {
        "ok": False,
        "error_code": refusal.status,
        "description": str(refusal),
    }
    if retry_after is not None:
        answer["parameters"] = {"retry_after": retry_after}
    return web.json_response(answer, status=refusal.status)


def _now() -> int:
    return int(time.time())
