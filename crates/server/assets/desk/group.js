// What staff do with the group as a whole.
//   wireGroup({ api, changed, chat }) → { rename(), close(), reopen(), renew(), transcript(), history(box), signOut() }
import { t } from "../chat/words.js";
import { ask, busy, fail, open } from "./dialog.js";
import { toast } from "./toast.js";

export function wireGroup({ api, chat, changed }) {
  const form = document.querySelector("[data-rename]");
  const name = form.elements.name;
  const error = form.querySelector("[data-error]");

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    fail(error, "");
    const wanted = name.value.trim();
    if (!wanted) return fail(error, t("name_missing"));
    try {
      await busy(form.querySelector("[type=submit]"), api.post("/rename", { name: wanted }));
      form.closest("dialog").close();
      toast(t("renamed"));
      changed();
    } catch (problem) {
      fail(error, problem.words ?? String(problem));
    }
  });

  async function reopen() {
    try {
      await api.post("/reopen");
      toast(t("reopened"));
    } catch (problem) {
      toast(problem.words ?? String(problem), { sign: "alert" });
    }
    changed();
  }

  return {
    rename() {
      open("rename");
      fail(error, "");
      name.value = chat.state?.group?.name ?? document.querySelector("h1").textContent.trim();
      name.select();
    },

    close: () => ask({
      title: t("close_ask"),
      lead: t("close_lead"),
      yes: t("close_do"),
      act: async () => {
        await api.post("/close");
        toast(t("closed"), { label: t("undo"), act: reopen });
        changed();
      },
    }),

    reopen,

    renew: () => ask({
      title: t("renew_ask"),
      lead: t("renew_lead"),
      yes: t("renew_do"),
      act: async () => {
        await api.post("/renew-link");
        toast(t("renewed"));
        changed();
      },
    }),

    transcript() {
      const dialog = open("transcript");
      const show = () => {
        const lane = dialog.querySelector("[name=transcript-lane]:checked").value;
        for (const link of dialog.querySelectorAll("[data-format]")) {
          link.href = api.url("/transcript", { format: link.dataset.format, lane: lane || undefined });
        }
        for (const note of dialog.querySelectorAll("[data-transcript-note]")) note.hidden = note.dataset.transcriptNote !== lane;
      };
      dialog.onchange = show;
      show();
    },

    async history(box) {
      const wanted = box.checked;
      try {
        await api.post("/history", { guests_see: wanted });
        changed();
      } catch (problem) {
        box.checked = !wanted;
        toast(problem.words ?? String(problem), { sign: "alert" });
      }
    },

    async signOut() {
      try {
        const answer = await fetch("/customer-service/session", { method: "DELETE", cache: "no-store" });
        if (!answer.ok) throw new Error(String(answer.status));
        chat.stop();
        location.reload();
      } catch {
        toast(t("sign_out_failed"), { sign: "alert" });
      }
    },
  };
}
