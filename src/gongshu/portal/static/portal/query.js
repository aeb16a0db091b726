/* The workbench: Ctrl+Enter asks; another grant reloads the page with its columns. */
const form = document.getElementById("workbench");
if (form) {
  form.sql.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) form.querySelector("button[value=ask]").click();
  });
  form.grant.addEventListener("change", () => {
    location.search = new URLSearchParams({ grant: form.grant.value, sql: form.sql.value }).toString();
  });
}
