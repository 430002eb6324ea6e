using System;
using Microsoft.EntityFrameworkCore.Migrations;

#nullable disable

namespace Sallyport.Portal.Data.Migrations
{
    /// <inheritdoc />
    public partial class ComponentsAndRecordings : Migration
    {
        /// <inheritdoc />
        protected override void Up(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropColumn(
                name: "drift",
                table: "hubs");

            migrationBuilder.AddColumn<string[]>(
                name: "withdrawn_keys",
                table: "hubs",
                type: "text[]",
                nullable: false,
                defaultValue: new string[0]);

            migrationBuilder.AddColumn<string>(
                name: "gateway_key_id",
                table: "recordings",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<string>(
                name: "gateway_spki",
                table: "recordings",
                type: "text",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "removed_at",
                table: "hubs",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<DateTimeOffset>(
                name: "removed_at",
                table: "gateways",
                type: "timestamp with time zone",
                nullable: true);

            migrationBuilder.AddColumn<string[]>(
                name: "withdrawn_keys",
                table: "gateways",
                type: "text[]",
                nullable: false,
                defaultValue: new string[0]);

            migrationBuilder.CreateTable(
                name: "hub_drifts",
                columns: table => new
                {
                    id = table.Column<Guid>(type: "uuid", nullable: false),
                    hub_id = table.Column<Guid>(type: "uuid", nullable: false),
                    text = table.Column<string>(type: "text", nullable: false),
                    since = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    last_seen_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: false),
                    healed_at = table.Column<DateTimeOffset>(type: "timestamp with time zone", nullable: true),
                    times = table.Column<int>(type: "integer", nullable: false)
                },
                constraints: table =>
                {
                    table.PrimaryKey("PK_hub_drifts", x => x.id);
                    table.ForeignKey(
                        name: "FK_hub_drifts_hubs_hub_id",
                        column: x => x.hub_id,
                        principalTable: "hubs",
                        principalColumn: "id",
                        onDelete: ReferentialAction.Cascade);
                });

            // What a recording must be signed with, from now on whatever becomes of its gateway.
            migrationBuilder.Sql("update recordings r set gateway_key_id = g.key_id, gateway_spki = g.spki from sessions s join gateways g on g.id = s.gateway_id where s.id = r.session_id");

            migrationBuilder.CreateIndex(
                name: "IX_hub_drifts_hub_id_since",
                table: "hub_drifts",
                columns: new[] { "hub_id", "since" });
        }

        /// <inheritdoc />
        protected override void Down(MigrationBuilder migrationBuilder)
        {
            migrationBuilder.DropTable(
                name: "hub_drifts");

            migrationBuilder.DropColumn(
                name: "gateway_key_id",
                table: "recordings");

            migrationBuilder.DropColumn(
                name: "gateway_spki",
                table: "recordings");

            migrationBuilder.DropColumn(
                name: "removed_at",
                table: "hubs");

            migrationBuilder.DropColumn(
                name: "removed_at",
                table: "gateways");

            migrationBuilder.DropColumn(
                name: "withdrawn_keys",
                table: "gateways");

            migrationBuilder.DropColumn(
                name: "withdrawn_keys",
                table: "hubs");

            migrationBuilder.AddColumn<string[]>(
                name: "drift",
                table: "hubs",
                type: "text[]",
                nullable: false,
                defaultValue: new string[0]);
        }
    }
}
